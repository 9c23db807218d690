"""The example of an outside reader, as a process on a real Redis."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.shared.events import Envelope, IntentRouted, MessageReceived, ReplyCompleted, dump_event
from services.shared.streams import stream_of
from tests.builders import an_event
from tests.eventually import eventually

EXAMPLE = Path(__file__).parents[2] / "examples" / "read_events.py"


@asynccontextmanager
async def reader(redis_url: str, partitions: int) -> AsyncIterator[asyncio.StreamReader]:
    """The example's output, line by line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), redis_url, str(partitions), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    yield process.stdout
    process.kill()
    await process.wait()


async def line_with(output: asyncio.StreamReader, text: str) -> str:
    async with asyncio.timeout(20):
        while text not in (line := (await output.readline()).decode()):
            assert line, "the reader has ended"
    return line


async def nobody_reads(redis: Redis) -> bool:
    return (await redis.info("clients"))["blocked_clients"] == 0


@pytest.mark.parametrize("partitions", [1, 3])
async def test_it_shows_what_happens_and_goes_on_where_it_was_when_started_again(
    redis_client: Redis, redis_url: str, partitions: int
) -> None:
    async def happen(*events: Envelope) -> None:
        for number, event in enumerate(events):
            await redis_client.xadd(
                stream_of(event).key(number % partitions), {"__data__": dump_event(event)}
            )

    await happen(
        an_event(MessageReceived),
        an_event(MessageReceived),
        an_event(IntentRouted, intent="greeting"),
        an_event(ReplyCompleted, duration_ms=10),
        an_event(ReplyCompleted, duration_ms=10),
    )
    async with reader(redis_url, partitions) as output:
        line = await line_with(output, "2 messages/min")
        assert "p50 10 ms, p95 10 ms" in line
        assert "{'greeting': 1}" in line
        await happen(an_event(IntentRouted, intent="thanks"))
        await line_with(output, "'thanks': 1")
    await eventually(lambda: nobody_reads(redis_client))  # else what happens goes to the one that was killed
    await happen(an_event(MessageReceived))
    async with reader(redis_url, partitions) as output:
        assert "{}" in await line_with(output, "1 messages/min")
