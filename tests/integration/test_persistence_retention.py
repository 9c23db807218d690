"""Trimming on a real Redis."""

import time

import pytest
from redis.asyncio import Redis

from services.shared.retention import StreamTrimmer
from services.shared.streams import CHAT_MESSAGES

KEY = CHAT_MESSAGES.key(0)
EXPIRED = [f"{number}-{sequence}" for number in (1000, 2000, 3000) for sequence in (0, 1)]


@pytest.fixture
async def trimmer(redis_client: Redis) -> StreamTrimmer:
    """Over a stream with six expired entries and one of now, read by nobody yet."""
    for group in CHAT_MESSAGES.groups:
        await redis_client.xgroup_create(KEY, group, id="0", mkstream=True)
    for entry_id in EXPIRED:
        await redis_client.xadd(KEY, {"f": "v"}, id=entry_id)
    await redis_client.xadd(KEY, {"f": "v"})
    return StreamTrimmer(redis_client, partitions=1)


async def read(redis: Redis, group: str, count: int) -> list[bytes]:
    """Have the group read so many entries; returns their ids."""
    found = await redis.xreadgroup(group, "reader", {KEY: ">"}, count=count)
    return [entry_id for entry_id, _ in found[0][1]]


async def process(redis: Redis, group: str, count: int) -> None:
    await redis.xack(KEY, group, *await read(redis, group, count))


async def ids(redis: Redis) -> list[str]:
    """The ids that are left, without the entry of now."""
    return [entry_id.decode() for entry_id, _ in await redis.xrange(KEY)][:-1]


async def test_expired_entries_go_when_every_group_has_processed_them(
    redis_client: Redis, trimmer: StreamTrimmer
) -> None:
    for group in CHAT_MESSAGES.groups:
        await process(redis_client, group, 7)
    assert await trimmer.trim() == 6
    assert await redis_client.xlen(KEY) == 1
    assert await trimmer.trim() == 0


async def test_nothing_unread_goes_when_one_group_has_stopped(
    redis_client: Redis, trimmer: StreamTrimmer
) -> None:
    await process(redis_client, "persistence", 7)
    assert await trimmer.trim() == 0
    await process(redis_client, "router", 3)
    assert await trimmer.trim() == 3
    assert await ids(redis_client) == EXPIRED[3:]


async def test_nothing_pending_goes_when_later_entries_are_acknowledged(
    redis_client: Redis, trimmer: StreamTrimmer
) -> None:
    await process(redis_client, "persistence", 7)
    await process(redis_client, "router", 2)
    held, *others = await read(redis_client, "router", 5)
    await redis_client.xack(KEY, "router", *others)
    assert await trimmer.trim() == 2
    assert (await ids(redis_client))[0] == held.decode() == EXPIRED[2]


async def test_nothing_goes_when_a_registered_group_is_missing(
    redis_client: Redis, trimmer: StreamTrimmer
) -> None:
    await process(redis_client, "persistence", 7)
    await redis_client.xgroup_destroy(KEY, "router")
    assert await trimmer.trim() == 0


async def test_an_outside_group_holds_nothing_back(redis_client: Redis, trimmer: StreamTrimmer) -> None:
    await redis_client.xgroup_create(KEY, "somebody-elses", id="0")
    for group in CHAT_MESSAGES.groups:
        await process(redis_client, group, 7)
    assert await trimmer.trim() == 6


async def test_every_partition_is_trimmed(redis_client: Redis) -> None:
    key = CHAT_MESSAGES.key(3)
    await redis_client.xadd(key, {"f": "v"}, id="1000-0")
    for group in CHAT_MESSAGES.groups:
        await redis_client.xgroup_create(key, group, id="$")
    assert await StreamTrimmer(redis_client, partitions=4).trim() == 1


async def test_young_entries_stay(redis_client: Redis) -> None:
    a_day_ago = int((time.time() - 24 * 3600) * 1000)
    await redis_client.xadd(KEY, {"f": "v"}, id=f"{a_day_ago}-0")
    for group in CHAT_MESSAGES.groups:
        await redis_client.xgroup_create(KEY, group, id="$")
    assert await StreamTrimmer(redis_client, partitions=1).trim() == 0
