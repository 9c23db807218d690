"""The persistence worker as a process, between a real Redis and a real Postgres."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from services.shared.events import (
    EVENT_TYPES,
    DeadLettered,
    Envelope,
    MessageReceived,
    ReplyCompleted,
    ToolRequested,
    dump_event,
)
from services.shared.streams import CHAT_MESSAGES, CHAT_SESSIONS, DEAD_LETTERS, STREAMS, stream_of
from tests.builders import an_event
from tests.eventually import eventually

Start = Callable[[], Awaitable[asyncio.subprocess.Process]]
TOO_LONG = "".join(str(number) for number in range(20_000))


@pytest.fixture
def environment(redis_url: str, database_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "RECLAIM_IDLE_MS": "1000",
        "PERSISTENCE_BATCH_SIZE": "100",
    }


@pytest.fixture
async def start_worker(
    redis_client: Redis,  # noqa: ARG001 (empties the database)
    environment: dict[str, str],
) -> AsyncIterator[Start]:
    processes = []

    async def start() -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "services.persistence_worker.app")
        processes.append(await asyncio.create_subprocess_exec(*command, env=environment))
        return processes[-1]

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def append(redis: Redis, events: Sequence[Envelope]) -> None:
    async with redis.pipeline(transaction=False) as pipeline:
        for event in events:
            pipeline.xadd(stream_of(event).key(0), {"__data__": dump_event(event)})
        await pipeline.execute()


async def stored(database: asyncpg.Connection) -> set[UUID]:
    return {row["event_id"] for row in await database.fetch("SELECT event_id FROM events")}


async def unacknowledged(redis: Redis) -> int:
    """Entries that the group has not read, or read and not acknowledged, over all streams."""
    total = 0
    for stream in STREAMS:
        groups: list[dict[str, Any]] = await redis.xinfo_groups(stream.key(0))
        (group,) = [group for group in groups if group["name"] == b"persistence"]
        total += group["pending"] + (group["lag"] or 0)
    return total


async def drained(redis: Redis) -> None:
    async def nothing_left() -> bool:
        return await unacknowledged(redis) == 0

    await eventually(nothing_left, within=20)


async def everything_stored(database: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    expected = {event.event_id for event in events}

    async def all_of_them() -> bool:
        return expected <= await stored(database)

    await eventually(all_of_them, within=30)


async def test_every_event_is_stored_when_it_was_written_before_any_worker_ran(
    start_worker: Start, redis_client: Redis, database: asyncpg.Connection
) -> None:
    events = [an_event(kind, conversation_id=f"c{number}") for number in range(30) for kind in EVENT_TYPES]
    await append(redis_client, events)
    await start_worker()
    await everything_stored(database, events)
    await drained(redis_client)
    assert await stored(database) == {event.event_id for event in events}


async def test_no_event_is_lost_or_doubled_when_workers_are_killed(
    start_worker: Start, redis_client: Redis, database: asyncpg.Connection
) -> None:
    events: list[Envelope] = []
    for _ in range(3):
        worker = await start_worker()
        await start_worker()
        known = len(events)
        for _ in range(500):
            events += (an_event(MessageReceived), an_event(ReplyCompleted), an_event(ToolRequested))
        await append(redis_client, events[known:])

        async def some_are_stored(known: int = known) -> bool:
            return len(await stored(database)) > known

        await eventually(some_are_stored, within=20)
        worker.kill()
        await worker.wait()
    await everything_stored(database, events)
    await drained(redis_client)
    assert await database.fetchval("SELECT sum(events) FROM conversations") == len(events)


async def test_events_wait_and_are_stored_when_the_database_comes_back(
    start_worker: Start,
    environment: dict[str, str],
    redis_client: Redis,
    postgres_url: str,
    database_url: str,
    unused_tcp_port: int,
) -> None:
    environment["HEALTH_PORT"] = str(unused_tcp_port)
    name = urlsplit(database_url).path.removeprefix("/")
    events = [an_event(MessageReceived) for _ in range(500)]
    administrator = await asyncpg.connect(postgres_url)

    async def readiness(status: int) -> None:
        async def answers() -> bool:
            try:
                response = await client.get(f"http://127.0.0.1:{unused_tcp_port}/readyz")
            except httpx.TransportError:
                return False
            return response.status_code == status

        await eventually(answers, within=10)

    async with httpx.AsyncClient() as client:
        await start_worker()
        await readiness(200)
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        await append(redis_client, events)
        await readiness(503)
        assert await unacknowledged(redis_client) == len(events)
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await administrator.close()
        await readiness(200)
    database = await asyncpg.connect(database_url)
    await everything_stored(database, events)
    await database.close()
    await drained(redis_client)
    assert await redis_client.xlen(DEAD_LETTERS.key(0)) == 0


async def test_one_bad_entry_becomes_a_dead_letter_and_its_neighbours_are_stored(
    start_worker: Start, redis_client: Redis, database: asyncpg.Connection
) -> None:
    neighbours = [an_event(MessageReceived) for _ in range(3)]
    unstorable = an_event(MessageReceived, conversation_id=TOO_LONG)
    key = CHAT_MESSAGES.key(0)
    await append(redis_client, neighbours[:1])
    await redis_client.xadd(key, {"__data__": '{"type":"FromTheFuture","event_id":"x"}'})
    await append(redis_client, [neighbours[1], unstorable])
    await redis_client.xadd(key, {"another": "shape"})
    await append(redis_client, neighbours[2:])
    await start_worker()
    await everything_stored(database, neighbours)
    await drained(redis_client)
    letters = await database.fetch(
        "SELECT payload->>'entry' AS entry, payload->>'reason' AS reason FROM events WHERE type = 'DeadLettered'"
    )
    reasons = {row["entry"]: row["reason"] for row in letters}
    assert len(reasons) == 2
    assert "not an event" in reasons['{"type":"FromTheFuture","event_id":"x"}']
    # The letter about the unstorable event carries its conversation's id and is as unstorable: it stays on the
    # stream and makes no other.
    assert await redis_client.xlen(DEAD_LETTERS.key(0)) == 3


async def test_a_dead_letter_that_cannot_be_stored_makes_no_other(
    start_worker: Start, redis_client: Redis, database: asyncpg.Connection
) -> None:
    storable = an_event(DeadLettered)
    await append(redis_client, [an_event(DeadLettered, conversation_id=TOO_LONG), storable])
    await start_worker()
    await everything_stored(database, [storable])
    await drained(redis_client)
    assert await redis_client.xlen(DEAD_LETTERS.key(0)) == 2


async def test_a_worker_that_is_asked_to_stop_finishes_its_batch_and_gives_the_rest_back(
    start_worker: Start, redis_client: Redis, database: asyncpg.Connection
) -> None:
    key = CHAT_MESSAGES.key(0)
    events = [an_event(MessageReceived) for _ in range(2000)]
    worker = await start_worker()
    await append(redis_client, events)

    async def some_are_stored() -> bool:
        return len(await stored(database)) > 0

    await eventually(some_are_stored, within=20)
    worker.terminate()
    assert await asyncio.wait_for(worker.wait(), 10) == 0
    pending = (await redis_client.xpending(key, "persistence"))["pending"]
    given_back = await redis_client.xpending_range(key, "persistence", "-", "+", 2000, idle=60_000)
    assert len(given_back) == pending < 2000
    await start_worker()
    await everything_stored(database, events)
    await drained(redis_client)


async def test_expired_entries_leave_the_stream_when_they_are_stored(
    start_worker: Start, redis_client: Redis, environment: dict[str, str], database: asyncpg.Connection
) -> None:
    environment["PERSISTENCE_TRIM_SECONDS"] = "0.2"
    key = CHAT_SESSIONS.key(0)
    old = an_event(EVENT_TYPES[0])
    await redis_client.xadd(key, {"__data__": dump_event(old)}, id="1000-0")
    fresh = an_event(EVENT_TYPES[0])
    await append(redis_client, [fresh])
    await start_worker()
    await everything_stored(database, [old, fresh])

    async def only_the_fresh_one() -> bool:
        return await redis_client.xlen(key) == 1

    await eventually(only_the_fresh_one)
