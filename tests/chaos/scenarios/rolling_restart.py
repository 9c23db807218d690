"""R10: every process is replaced in turn, as in a deployment, while customers talk."""

import asyncio

from bench.customer import Customer
from services.shared.frames import CloseCode
from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome, percentile
from tests.chaos.stack import Crew, Stack

MESSAGES_A_SECOND = 20
LONGEST_SECONDS = 300


async def rolling_restart(stack: Stack, *, conversations: int = 100) -> Outcome:
    """Each customer stays with one gateway, which goes once, and talks until all have been replaced."""
    await stack.call(Crew())
    customers = crowd(
        stack.urls,
        conversations=conversations,
        messages=LONGEST_SECONDS * MESSAGES_A_SECOND,
        pause=conversations / MESSAGES_A_SECOND,
    )
    for customer in customers:
        customer.urls = customer.urls[:1]
    speaking = asyncio.create_task(speak(customers, within=LONGEST_SECONDS + 90))
    for process in stack.everyone:
        await process.restart()
        await process.ready()
    assert not speaking.done(), "the customers fell silent before the last process was replaced"
    for customer in customers:
        customer.texts = customer.texts[: len(customer.sent)]
    await speaking

    messages = sum(len(customer.sent) for customer in customers)
    outcome = Outcome(
        load=f"{messages} messages at {MESSAGES_A_SECOND} a second, {conversations} conversations",
        faults=f"{len(stack.everyone)} processes stopped and started, one after the other",
    )
    outcome.take(await stack.verdict(customers))
    outcome.figures += [
        Figure("most reconnects of a customer", max(len(each.cuts) for each in customers), at_most=1),
        Figure("closed without 1012", sum(map(_rudely_closed, customers)), at_most=0),
        Figure("apologies", sum(len(each.screen.apologies) for each in customers), at_most=0),
        Figure(
            "p95", percentile([wait for each in customers for wait in each.waits.values()], 0.95), unit="s"
        ),
    ]
    return outcome


def _rudely_closed(customer: Customer) -> int:
    return sum(code != CloseCode.RESTART for code in customer.cuts)
