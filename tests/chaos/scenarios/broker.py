"""R7: Redis freezes, is killed, drops its clients, loses a group, loses everything."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from redis.asyncio import Redis

from bench.customer import Customer
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES, TOOL_REQUESTS
from tests.chaos.crowd import crowd, last_finished, speak
from tests.chaos.outcome import Figure, Outcome
from tests.chaos.probe import refusal
from tests.chaos.stack import Crew, Stack
from tests.eventually import eventually

HEAL_SECONDS = 10
PAUSE = 0.5


async def broker(stack: Stack, *, frozen_seconds: float = 30, conversations: int = 30) -> Outcome:
    """Each fault meets customers in the middle of their conversations; nobody lends the services a hand."""
    await stack.call(Crew())
    outcome = Outcome(
        load=f"{conversations} conversations throughout",
        faults=f"Redis frozen {frozen_seconds:.0f} s, killed, its clients killed, groups destroyed, flushed",
    )
    slowest = 0.0
    faults: Sequence[tuple[str, Callable[[Stack, Outcome], Awaitable[None]]]] = (
        ("frozen", lambda stack, outcome: _freeze(stack, outcome, frozen_seconds)),
        ("killed", _kill),
        ("clients killed", _kill_clients),
        ("groups destroyed", _destroy_groups),
    )
    for name, fault in faults:
        seconds = await _under(stack, outcome, fault, conversations)
        outcome.figures.append(Figure(f"healed after {name}", seconds, at_most=HEAL_SECONDS, unit="s"))
        slowest = max(slowest, seconds)
    seconds = await _flush(stack, outcome, conversations)
    outcome.figures.append(Figure("healed after flushed", seconds, at_most=HEAL_SECONDS, unit="s"))
    outcome.heal(max(slowest, seconds), at_most=HEAL_SECONDS)
    return outcome


async def _under(
    stack: Stack,
    outcome: Outcome,
    fault: Callable[[Stack, Outcome], Awaitable[None]],
    conversations: int,
) -> float:
    """Seconds from the end of the fault until a customer who comes then is answered."""
    customers = crowd(stack.urls, conversations=conversations, messages=conversations * 4, pause=PAUSE)
    speaking = asyncio.create_task(speak(customers, within=120))
    await eventually(lambda: sum(len(each.screen.answered) for each in customers) > conversations, within=30)
    await fault(stack, outcome)
    ended = time.monotonic()
    newcomers = crowd(stack.urls, conversations=4, messages=4)
    await speak(newcomers, within=60)
    await speaking
    outcome.take(await stack.verdict([*customers, *newcomers]))
    return last_finished(newcomers) - ended


async def _freeze(stack: Stack, outcome: Outcome, seconds: float) -> None:
    """Meanwhile a message is refused within two seconds, and the gateway says that it is not ready."""
    async with refusal(stack.urls[0]) as ask:
        with stack.redis.frozen():
            until = time.monotonic() + seconds
            outcome.figures += [
                Figure("refused in", await ask(), at_most=2, unit="s"),
                Figure("not ready in", await _not_ready(stack), at_most=5, unit="s"),
            ]
            await asyncio.sleep(until - time.monotonic())


async def _not_ready(stack: Stack) -> float:
    """Seconds until the gateway's /readyz says 503."""
    started = time.monotonic()

    async def unavailable() -> bool:
        return (await stack.http.get(f"http://{stack.gateways[0]}/readyz")).status_code == 503

    await eventually(unavailable, within=20)
    return time.monotonic() - started


async def _kill(stack: Stack, _: Outcome) -> None:
    stack.redis.kill()


async def _kill_clients(stack: Stack, _: Outcome) -> None:
    async with Redis.from_url(stack.streams.url) as redis:
        for kind in ("normal", "pubsub"):
            await redis.client_kill_filter(_type=kind, skipme=True)


async def _destroy_groups(stack: Stack, _: Outcome) -> None:
    async with Redis.from_url(stack.streams.url) as redis:
        for stream, group in (
            (CHAT_MESSAGES, "router"),
            (TOOL_REQUESTS, "tools"),
            (CHAT_REPLIES, "persistence"),
        ):
            await redis.xgroup_destroy(stream.key(0), group)


async def _flush(stack: Stack, outcome: Outcome, conversations: int) -> float:
    """Everything in Redis is gone: open tabs are shown so, those who come are served, and Postgres has them."""
    tabs = crowd(stack.urls, conversations=conversations, messages=conversations)
    await speak(tabs, within=60)
    await stack.verdict(tabs)
    until = time.monotonic() + 60
    for tab in tabs:
        tab.returns.clear()
    looking_on = asyncio.gather(*(tab.stay(until, partial(_was_shown_anew, tab)) for tab in tabs))
    await eventually(lambda: all(tab.returns for tab in tabs), within=30)
    async with Redis.from_url(stack.streams.url) as redis:
        await redis.flushall()
        await redis.function_flush()
    ended = time.monotonic()
    newcomers = crowd(stack.urls, conversations=4, messages=4)
    await speak(newcomers, within=60)
    await looking_on
    outcome.take(await stack.verdict(newcomers))
    stale = sum(not _was_shown_anew(tab) for tab in tabs)
    outcome.figures.append(Figure("tabs without a fresh snapshot", stale, at_most=0))
    return last_finished(newcomers) - ended


def _was_shown_anew(tab: Customer) -> bool:
    return tab.screen.snapshots > 0
