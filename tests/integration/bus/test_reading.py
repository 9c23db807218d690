"""The bus on a real server: what is published and read, and where it begins."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import orjson
import pytest
from redis.asyncio import Redis

from services.shared.bus import Bus
from services.shared.errors import SetupError
from services.shared.events import dump_event
from services.shared.settings import RedisSettings
from services.shared.streams import CHAT_SESSIONS, STREAMS
from tests.eventually import eventually
from tests.integration.bus.desk import (
    MESSAGES,
    Desk,
    a_message,
    add,
    idle_for,
    letters,
    pending,
    reading,
)
from tests.running import a_bus


async def test_what_was_published_before_any_worker_ran_is_read(redis_url: str, desk: Desk) -> None:
    await add(desk.redis, *(a_message(str(number)) for number in range(200)))

    async with reading(redis_url, desk.handle):
        await eventually(lambda: len(desk.handled) == 200)

    assert sorted(map(int, desk.handled)) == list(range(200))
    assert await pending(desk.redis) == 0


async def test_every_group_of_the_table_is_there_when_the_bus_has_started(
    redis_url: str, redis_client: Redis
) -> None:
    async with a_bus(redis_url, name="any").connected():
        for stream in STREAMS:
            groups = await redis_client.xinfo_groups(stream.key(0))
            assert {group["name"].decode() for group in groups} == set(stream.groups)


async def test_a_published_event_is_plain_json_for_whoever_reads_the_stream(
    redis_url: str, redis_client: Redis
) -> None:
    event = a_message('Grüße — "quoted" ✓ 😀')
    async with a_bus(redis_url, name="any").connected() as _, _publisher(redis_url) as bus:
        await bus.publish(event)

    [(_, fields)] = await redis_client.xrange(MESSAGES)
    assert list(fields) == [b"__data__"]
    assert orjson.loads(fields[b"__data__"]) == orjson.loads(dump_event(event))


@contextlib.asynccontextmanager
async def _publisher(redis_url: str) -> AsyncIterator[Bus]:
    bus = a_bus(redis_url, name="publisher")
    async with bus.connected():
        yield bus


async def test_no_more_entries_are_read_than_can_be_worked_on(redis_url: str, desk: Desk) -> None:
    desk.gate.clear()
    async with reading(redis_url, desk.handle, concurrency=8):
        await add(desk.redis, *(a_message(str(number)) for number in range(50)))
        await eventually(lambda: len(desk.given) >= 7)
        assert await pending(desk.redis) == len(desk.given) <= 8
        desk.gate.set()
        await eventually(lambda: len(desk.handled) == 50)


async def test_waiting_for_room_is_no_delivery(redis_url: str, desk: Desk) -> None:
    """Busy processes neither take entries from each other nor count them as tried."""
    desk.gate.clear()
    busy = {"concurrency": 2, "max_deliveries": 1, "reclaim_idle_ms": 2000}
    async with reading(redis_url, desk.handle, **busy), reading(redis_url, desk.handle, name="two", **busy):
        await add(desk.redis, *(a_message(str(number)) for number in range(8)))
        await eventually(lambda: len(desk.given) == 4)
        await idle_for(desk.redis, 3500)
        desk.gate.set()
        await eventually(lambda: len(desk.handled) == 8)

    assert {delivery.deliveries for delivery in desk.given} == {1}
    assert await letters(desk.redis) == []


async def test_a_group_that_is_not_in_the_table_is_refused(redis_url: str) -> None:
    with pytest.raises(SetupError, match=r"group analytics is not one of chat\.sessions"):
        a_bus(redis_url, name="any").subscribe(CHAT_SESSIONS, "analytics", {})


async def test_a_wrong_password_is_refused_in_one_line_instead_of_waited_out(
    redis_url: str, redis_client: Redis
) -> None:
    await redis_client.acl_setuser("guarded", enabled=True, passwords=["+right"], categories=["+@all"])
    try:
        url = redis_url.replace("redis://", "redis://guarded:wrong@")
        bus = Bus(RedisSettings(_env_file=None, redis_url=url), service="any")
        with pytest.raises(SetupError, match="redis refuses"):
            async with asyncio.timeout(5), bus.connected():
                pass
    finally:
        await redis_client.acl_deluser("guarded")


async def test_health_names_what_is_wrong_when_redis_is_not_there() -> None:
    bus = a_bus("redis://127.0.0.1:1/0", name="any")

    assert "redis does not answer" in (await bus.healthy() or "")
