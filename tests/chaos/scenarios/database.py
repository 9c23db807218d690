"""R8: Postgres goes away for a minute, then its sessions are ended."""

import asyncio
import time

import asyncpg

from bench.verdict import stored_events
from tests.chaos.crowd import crowd, last_finished, speak
from tests.chaos.outcome import Figure, Outcome, percentile
from tests.chaos.stack import Crew, Stack

DRAIN_SECONDS = 30
# Nothing here needs the orders, which are in Postgres.
TEXTS = ("what is your return policy?", "hi", "how long does shipping take?", "thanks")


async def database(stack: Stack, *, gone_seconds: float = 60, conversations: int = 30) -> Outcome:
    """Customers go on talking while Postgres is away; whoever asks for an order is told politely."""
    await stack.call(Crew())
    customers = crowd(stack.urls, conversations=conversations, messages=conversations * 30, pause=2)
    for customer in customers:
        customer.texts = [TEXTS[index % len(TEXTS)] for index, _ in enumerate(customer.texts)]
    asking = crowd(stack.urls, conversations=5, messages=5)
    for customer in asking:
        customer.texts = ["where is my order 1042? I am ada@example.com"]
    speaking = asyncio.create_task(speak(customers, within=gone_seconds + 60))

    await stack.postgres.stop()
    gone_until = time.monotonic() + gone_seconds
    await speak(asking, within=gone_seconds)
    await asyncio.sleep(max(0.0, gone_until - time.monotonic()))
    await stack.postgres.start()
    await stack.postgres.ready()
    back = time.monotonic()
    missing = await _missing(stack)
    drained = time.monotonic() - back
    await _end_sessions(stack)
    await speaking

    outcome = Outcome(
        load=f"{len(customers) * 30} messages, {conversations} conversations",
        faults=f"Postgres gone {gone_seconds:.0f} s, then its sessions ended",
    )
    outcome.heal(drained, at_most=DRAIN_SECONDS)
    outcome.take(await stack.verdict([*customers, *asking]))
    waits = [wait for customer in customers for wait in customer.waits.values()]
    outcome.figures += [
        Figure("rows missing", missing, at_most=0),
        Figure("apologies", sum(len(each.screen.apologies) for each in customers), at_most=0),
        Figure("chat's p95", percentile(waits, 0.95), at_most=5, unit="s"),
        Figure(
            "orders answered in", max(wait for each in asking for wait in each.waits.values()), 45, unit="s"
        ),
    ]
    assert last_finished(asking) < back
    return outcome


async def _missing(stack: Stack) -> int:
    """How many of the events that stand on the streams now are not in Postgres within the time."""
    events = await stack.events()
    wanted = {event["event_id"] for event in events}
    conversations = {event["conversation_id"] for event in events}
    rows = await stored_events(stack.database_url, conversations, wanted, within=DRAIN_SECONDS)
    return len(wanted - rows)


async def _end_sessions(stack: Stack) -> None:
    administrator = await asyncpg.connect(stack.database_url)
    await administrator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    await administrator.close()
