"""The bus on a real server: how it goes on after a loss, and how it stops."""

import asyncio

import pytest

from services.shared.events import dump_event
from tests.eventually import eventually
from tests.integration.bus.desk import (
    GROUP,
    MESSAGES,
    Desk,
    a_message,
    add,
    pending,
    reading,
)


async def test_reading_goes_on_when_everything_was_flushed(redis_url: str, desk: Desk) -> None:
    async with reading(redis_url, desk.handle) as bus:
        await add(desk.redis, a_message("before"))
        await eventually(lambda: desk.handled == ["before"])
        await desk.redis.flushall()
        await desk.redis.function_flush()
        await add(desk.redis, a_message("after"))
        await eventually(lambda: desk.handled == ["before", "after"], within=10)

        async def healthy() -> bool:
            return await bus.healthy() is None

        await eventually(healthy)


async def test_reading_goes_on_when_the_group_was_destroyed(redis_url: str, desk: Desk) -> None:
    async with reading(redis_url, desk.handle):
        await eventually(lambda: desk.redis.exists(MESSAGES))
        await desk.redis.xgroup_destroy(MESSAGES, GROUP)
        await add(desk.redis, a_message("after"))
        await eventually(lambda: desk.handled == ["after"], within=10)


async def test_what_has_long_been_over_is_not_read_again_when_the_group_was_destroyed(
    redis_url: str, desk: Desk
) -> None:
    await desk.redis.xadd(MESSAGES, {"__data__": dump_event(a_message("years ago"))}, id="1000-0")
    async with reading(redis_url, desk.handle):
        await eventually(lambda: desk.handled == ["years ago"])
        await add(desk.redis, a_message("now"))
        await eventually(lambda: desk.handled == ["years ago", "now"])
        await desk.redis.xgroup_destroy(MESSAGES, GROUP)
        await eventually(lambda: desk.handled == ["years ago", "now", "now"], within=10)


async def test_a_stop_lets_what_runs_finish(redis_url: str, desk: Desk) -> None:
    desk.gate.clear()
    async with reading(redis_url, desk.handle):
        await add(desk.redis, a_message("last"))
        await eventually(lambda: desk.given)
        asyncio.get_running_loop().call_later(1.5, desk.gate.set)

    assert desk.handled == ["last"]
    assert await pending(desk.redis) == 0


async def test_nothing_new_is_begun_while_the_bus_stops(redis_url: str, desk: Desk) -> None:
    desk.gate.clear()
    async with reading(redis_url, desk.handle):
        await add(desk.redis, a_message("last"))
        await eventually(lambda: desk.given)
        loop = asyncio.get_running_loop()
        for seconds in (0.2, 2.0):
            loop.call_later(seconds, lambda: loop.create_task(add(desk.redis, a_message("too late"))))
        loop.call_later(3.5, desk.gate.set)

    assert desk.handled == ["last"]
    assert desk.deliveries_of("too late") == []


async def test_what_does_not_finish_in_time_is_taken_over_at_once(
    redis_url: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.shared.bus.GRACE_SECONDS", 0.1)
    desk.gate.clear()
    async with reading(redis_url, desk.handle, reclaim_idle_ms=600_000):
        await add(desk.redis, a_message("unfinished"))
        await eventually(lambda: desk.given)
    desk.gate.set()

    async with reading(redis_url, desk.handle, name="other", reclaim_idle_ms=600_000):
        await eventually(lambda: desk.handled == ["unfinished"])
