"""R11: streams are trimmed as far as they may be while one group stands still."""

import asyncio

from redis.asyncio import Redis

from services.shared.streams import CHAT_MESSAGES, STREAMS, TOOL_REQUESTS
from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome
from tests.chaos.stack import Crew, Stack
from tests.eventually import eventually

TRIMMING = {"PERSISTENCE_TRIM_SECONDS": "0.2", "TIME_LIMIT_SECONDS": "300"}
FAULTS = {"persistence_worker": "short_retention"}


async def retention(stack: Stack, *, messages: int = 200) -> Outcome:
    """First the tools stand still, then the router; what each has not processed is still there for it."""
    outcome = Outcome(
        load=f"2 × {messages} messages, {messages} conversations",
        faults="retention of no time, the tools' group and the router's stopped in turn",
    )
    for stopped, stream, group in (
        ("tools_worker", TOOL_REQUESTS, "tools"),
        ("router_worker", CHAT_MESSAGES, "router"),
    ):
        await stack.call(Crew(**{stopped: 0}, settings=TRIMMING, faults=FAULTS))
        customers = crowd(stack.urls, conversations=messages, messages=messages)
        speaking = asyncio.create_task(speak(customers, within=180))
        await eventually(lambda: all(each.acknowledged for each in customers), within=60)  # noqa: B023
        waiting = await _trimmed_to_what_waits(stack, stream.key(0), group)
        await stack.call(Crew(settings=TRIMMING, faults=FAULTS))
        await speaking
        verdict = await stack.verdict(customers)
        outcome.lost += verdict.lost
        outcome.doubled += verdict.doubled
        outcome.out_of_order += verdict.out_of_order
        outcome.figures += [
            Figure(f"entries kept for {group}", waiting, at_least=1),
            Figure(f"apologies without {group}", verdict.apologies, at_most=0),
        ]
    return outcome


async def _trimmed_to_what_waits(stack: Stack, stream: str, group: str) -> int:
    """How long the stream is once all others are trimmed to nothing."""
    async with Redis.from_url(stack.streams.url) as redis:

        async def trimmed() -> bool:
            lengths = {other.key(0): await redis.xlen(other.key(0)) for other in STREAMS}
            groups = {each["name"].decode(): each for each in await redis.xinfo_groups(stream)}
            waiting = groups[group]["lag"] + groups[group]["pending"]
            return lengths.pop(stream) == waiting > 0 and not any(lengths.values())

        await eventually(trimmed, within=30)
        return int(await redis.xlen(stream))
