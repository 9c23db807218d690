"""R10: every process is replaced in turn, as in a deployment, while customers talk."""

import asyncio

from bench.customer import Customer
from services.shared.frames import CloseCode
from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome, percentile
from tests.chaos.stack import Crew, Stack

MESSAGES_A_SECOND = 20


async def rolling_restart(stack: Stack, *, seconds: int = 50, conversations: int = 100) -> Outcome:
    """Each customer stays with one gateway, which goes once."""
    await stack.call(Crew())
    messages = seconds * MESSAGES_A_SECOND
    customers = crowd(
        stack.urls, conversations=conversations, messages=messages, pause=conversations / MESSAGES_A_SECOND
    )
    for customer in customers:
        customer.urls = customer.urls[:1]
    speaking = asyncio.create_task(speak(customers, within=seconds + 90))
    for process in stack.everyone:
        await process.restart()
        await process.ready()
    restarted_in_time = not speaking.done()
    await speaking

    outcome = Outcome(
        load=f"{messages} messages at {MESSAGES_A_SECOND} a second, {conversations} conversations",
        faults=f"{len(stack.everyone)} processes stopped and started, one after the other",
    )
    outcome.take(await stack.verdict(customers))
    outcome.figures += [
        Figure("most reconnects of a customer", max(len(each.cuts) for each in customers), at_most=1),
        Figure("closed without 1012", sum(map(_rudely_closed, customers)), at_most=0),
        Figure("apologies", sum(len(each.screen.apologies) for each in customers), at_most=0),
        Figure("restarted under load", restarted_in_time, at_least=1),
        Figure(
            "p95", percentile([wait for each in customers for wait in each.waits.values()], 0.95), unit="s"
        ),
    ]
    return outcome


def _rudely_closed(customer: Customer) -> int:
    return sum(code != CloseCode.RESTART for code in customer.cuts)
