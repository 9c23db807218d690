"""R3: a tenth of all first deliveries fail, in every worker."""

from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome
from tests.chaos.stack import Crew, Stack

WORKERS = ("router_worker", "tools_worker", "persistence_worker")


async def first_attempts(stack: Stack, *, messages: int = 400, conversations: int = 100) -> Outcome:
    """Handlers raise what nobody foresaw; the next delivery succeeds."""
    await stack.call(Crew(faults=dict.fromkeys(WORKERS, "first_attempts")))
    before = await _letters(stack)
    customers = crowd(stack.urls, conversations=conversations, messages=messages)
    await speak(customers, within=120)

    outcome = Outcome(
        load=f"{messages} messages, {conversations} conversations",
        faults="10 % of first deliveries raise, in every worker",
    )
    outcome.take(await stack.verdict(customers))
    outcome.figures += [
        Figure("discarded", await _letters(stack) - before, at_most=0),
        Figure("apologies", sum(len(customer.screen.apologies) for customer in customers), at_most=0),
    ]
    return outcome


async def _letters(stack: Stack) -> int:
    return sum(event["type"] == "DeadLettered" for event in await stack.events())
