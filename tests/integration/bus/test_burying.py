"""The bus on a real server: what is delivered again, and what is buried."""

from typing import Any

import pytest

from services.shared.errors import PermanentError, TransientError
from services.shared.events import ToolRequested, dump_event
from tests.builders import an_event
from tests.eventually import eventually
from tests.integration.bus.desk import GROUP, MESSAGES, Desk, a_message, add, letters, pending, reading


async def test_an_entry_is_delivered_again_when_its_handler_asks_for_it(redis_url: str, desk: Desk) -> None:
    desk.trouble["moody"] = TransientError("not now")
    async with reading(redis_url, desk.handle):
        await add(desk.redis, a_message("moody"))
        await eventually(lambda: desk.given)
        desk.trouble.clear()
        await eventually(lambda: desk.handled, within=10)

    assert desk.deliveries_of("moody") == [1, 2]
    assert await letters(desk.redis) == []


@pytest.mark.parametrize("error", [TransientError("never"), RuntimeError("a bug")])
async def test_an_entry_is_buried_whole_with_the_reason_when_nothing_helped(
    redis_url: str, desk: Desk, error: Exception
) -> None:
    desk.trouble["poison"] = error
    poison = a_message("poison")
    async with reading(redis_url, desk.handle, max_deliveries=2, tell=desk.tell):
        await add(desk.redis, a_message("before"), poison, a_message("after"))
        await eventually(lambda: desk.told, within=30)

    [letter] = await letters(desk.redis)
    assert desk.deliveries_of("poison") == [1, 2]
    reason = f"not processed in 2 deliveries: {type(error).__name__}: {error}"
    assert (letter["reason"], letter["deliveries"]) == (reason, 2)
    assert (letter["stream"], letter["group"]) == (MESSAGES, GROUP)
    assert letter["entry"] == dump_event(poison)
    assert letter["causation_id"] == str(poison.event_id)
    assert sorted(desk.handled) == ["after", "before"]
    assert desk.told == ["poison"]
    assert await pending(desk.redis) == 0


async def test_an_entry_is_buried_at_once_when_its_handler_says_so(redis_url: str, desk: Desk) -> None:
    desk.trouble["hopeless"] = PermanentError("no such thing")
    async with reading(redis_url, desk.handle, tell=desk.tell):
        await add(desk.redis, a_message("hopeless"))
        await eventually(lambda: desk.told)

    [letter] = await letters(desk.redis)
    assert (letter["reason"], letter["deliveries"]) == ("no such thing", 1)
    assert desk.deliveries_of("hopeless") == [1]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"__data__": "not json"}, "not an event"),
        ({"__data__": '{"type":"Unheard"}'}, "not an event"),
        ({"__data__": b"\xff\xfe"}, "not an event"),
        ({"other": "shape"}, "not an event"),
        ({"__data__": dump_event(an_event(ToolRequested))}, "ToolRequested does not belong"),
    ],
)
async def test_an_entry_that_is_no_event_of_the_stream_is_buried_and_its_neighbours_are_not(
    redis_url: str, desk: Desk, fields: dict[Any, Any], reason: str
) -> None:
    async with reading(redis_url, desk.handle):
        await add(desk.redis, a_message("before"))
        await desk.redis.xadd(MESSAGES, fields)
        await add(desk.redis, a_message("after"))
        await eventually(lambda: len(desk.handled) == 2)
        await eventually(lambda: letters(desk.redis))

    [letter] = await letters(desk.redis)
    assert reason in letter["reason"]
    assert await pending(desk.redis) == 0


async def test_ten_bad_entries_among_a_hundred_cost_no_other(redis_url: str, desk: Desk) -> None:
    for number in range(100):
        payload = "{" if number % 10 == 3 else dump_event(a_message(str(number)))
        await desk.redis.xadd(MESSAGES, {"__data__": payload})

    async with reading(redis_url, desk.handle):
        await eventually(lambda: len(desk.handled) == 90)

        async def ten() -> bool:
            return len(await letters(desk.redis)) == 10

        await eventually(ten)
