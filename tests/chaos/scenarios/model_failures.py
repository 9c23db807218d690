"""R9: half of all calls of the language model fail, in every way in which one can."""

import random
from collections import Counter
from typing import get_args

import orjson

from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome
from tests.chaos.stack import Crew, Stack
from tests.scripted_openai import Mode, Script, running

GOOD: tuple[Mode, ...] = ("ok", "no_usage")
CALLS = 10_000
TIMEOUT_SECONDS = 3
DEADLINE_SECONDS = 45


async def model_failures(stack: Stack, *, messages: int = 300, conversations: int = 60) -> Outcome:
    """Status codes, hangs, cut streams and garbage, at random; behind it stands the offline model."""
    failures = [mode for mode in get_args(Mode) if mode not in GOOD]
    script = Script()
    script.next_modes.extend(
        random.choice(failures) if random.random() < 0.5 else random.choice(GOOD) for _ in range(CALLS)
    )
    async with running(script) as base_url:
        settings = {
            "OPENAI_BASE_URL": base_url,
            "OPENAI_MODEL": "scripted",
            "ROUTER_MODEL_TIMEOUT": f"PT{TIMEOUT_SECONDS}S",
        }
        await stack.call(Crew(settings=settings))
        customers = crowd(stack.urls, conversations=conversations, messages=messages)
        # Each text is one of a kind, so that the tries of a call can be told apart from other calls.
        for number, customer in enumerate(customers):
            customer.texts = [f"{text} ({number}-{index})" for index, text in enumerate(customer.texts)]
        await speak(customers, within=180)
        await stack.call(Crew())

    tries = Counter(orjson.dumps(call["body"]) for call in script.journal)
    bad = sum(call["mode"] not in GOOD for call in script.journal)
    waits = [wait for customer in customers for wait in customer.waits.values()]
    apologies = sum(len(customer.screen.apologies) for customer in customers)
    outcome = Outcome(
        load=f"{messages} messages, {conversations} conversations",
        faults=f"{bad} of {len(script.journal)} model calls fail",
    )
    outcome.take(await stack.verdict(customers))
    outcome.figures += [
        Figure("ended properly", 100 * (len(waits) - apologies) / messages, at_least=99, unit="%"),
        Figure("slowest", max(waits), at_most=DEADLINE_SECONDS, unit="s"),
        Figure("most tries of a call", max(tries.values()), at_most=3),
    ]
    return outcome
