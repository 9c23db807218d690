"""R4: messages that break their handler, or kill the process."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from bench.customer import Customer
from services.shared.streams import CHAT_MESSAGES
from tests.chaos.crowd import crowd, last_finished, speak
from tests.chaos.faulty import DIE, RAISE
from tests.chaos.outcome import Figure, Outcome, percentile
from tests.chaos.stack import Crew, Stack
from tests.eventually import eventually

# Two groups read the stream, and each buries what it cannot read.
GROUPS = 2
GARBAGE: tuple[dict[str, str], ...] = ({"__data__": "{"}, {"__data__": '{"type": "Unheard"}'}, {"other": "1"})


async def poison(
    stack: Stack, *, messages: int = 1000, conversations: int = 50, bad: int = 10, deliveries: int = 5
) -> Outcome:
    """One of the `bad` messages kills each router that reads it; beside them stand entries that are no events."""
    await stack.call(Crew(faults={"router_worker": "poison"}, settings={"MAX_DELIVERIES": str(deliveries)}))
    victims = crowd(stack.urls, conversations=bad, messages=bad)
    for customer, word in zip(victims, [DIE, *[RAISE] * (bad - 1)], strict=True):
        customer.texts = [f"{word} this"]
    others = crowd(stack.urls, conversations=conversations, messages=messages - bad, pause=0.5)
    deaths = _deaths(stack)
    async with Redis.from_url(stack.streams.url) as redis:
        for fields in GARBAGE:
            await redis.xadd(CHAT_MESSAGES.key(0), fields)  # type: ignore[arg-type]
    started = time.monotonic()
    await asyncio.gather(speak(victims, within=90), speak(others, within=90))
    expected = bad + GROUPS * len(GARBAGE)
    letters = await _letters(stack, expected)
    deaths = _deaths(stack) - deaths

    outcome = Outcome(
        load=f"{messages} messages, {conversations + bad} conversations",
        faults=f"{bad} poisonous messages, one of which kills; {len(GARBAGE)} entries that are no events",
    )
    outcome.heal(last_finished(victims) - started, at_most=45)
    outcome.take(await stack.verdict([*victims, *others]))
    told = sum(len(customer.screen.apologies) for customer in victims)
    answered = sum(len(customer.screen.answered) - len(customer.screen.apologies) for customer in others)
    outcome.figures += [
        Figure("answered", answered, at_least=messages - bad),
        Figure("told", told, at_least=bad),
        Figure("dead letters", len(letters), at_least=expected, at_most=expected),
        Figure("most deliveries", max(letter["deliveries"] for letter in letters), at_most=deliveries),
        Figure("without a reason", sum(not letter["reason"] for letter in letters), at_most=0),
        Figure("processes killed", deaths, at_least=1, at_most=deliveries),
        Figure("others' p95", percentile(_waits(others), 0.95), at_most=15, unit="s"),
    ]
    return outcome


def _deaths(stack: Stack) -> int:
    return sum(process.deaths for process in stack.of("router_worker"))


def _waits(customers: Sequence[Customer]) -> list[float]:
    return [wait for customer in customers for wait in customer.waits.values()]


async def _letters(stack: Stack, count: int) -> list[dict[str, Any]]:
    async def found() -> list[dict[str, Any]]:
        events = await stack.events()
        letters = [event for event in events if event["type"] == "DeadLettered"]
        assert len(letters) >= count, f"{len(letters)} dead letters of {count}"
        return letters

    return await eventually(found, within=60)
