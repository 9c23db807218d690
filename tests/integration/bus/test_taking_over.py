"""The bus on a real server: who takes over what another has left."""

from services.shared.bus import Delivery
from services.shared.errors import TransientError
from services.shared.events import MessageReceived, ToolCompleted, dump_event
from services.shared.streams import CHAT_MESSAGES, TOOL_RESULTS
from tests.builders import an_event
from tests.eventually import eventually
from tests.integration.bus.desk import (
    GROUP,
    MESSAGES,
    Desk,
    a_message,
    abandon,
    add,
    idle_for,
    pending,
    reading,
    text_of,
)
from tests.running import a_bus


async def test_entries_of_a_dead_process_are_taken_over(redis_url: str, desk: Desk) -> None:
    async with a_bus(redis_url, name="set-up").connected():
        await add(desk.redis, *(a_message(str(number)) for number in range(150)))
        await abandon(desk.redis)

    async with reading(redis_url, desk.handle):
        await eventually(lambda: len(desk.handled) == 150, within=10)

    assert {delivery.deliveries for delivery in desk.given} == {2}
    assert await pending(desk.redis) == 0


async def test_a_long_handler_keeps_its_entry_from_others(redis_url: str, desk: Desk) -> None:
    desk.gate.clear()
    idle = {"reclaim_idle_ms": 2000}
    async with reading(redis_url, desk.handle, **idle), reading(redis_url, desk.handle, name="other", **idle):
        await add(desk.redis, a_message("slow"))
        await eventually(lambda: desk.given)
        await idle_for(desk.redis, 3500)
        desk.gate.set()
        await eventually(lambda: desk.handled)

    assert desk.deliveries_of("slow") == [1]


async def test_an_entry_that_may_kill_is_worked_on_without_holding_up_others(
    redis_url: str, desk: Desk
) -> None:
    async with a_bus(redis_url, name="set-up").connected():
        await add(desk.redis, a_message("suspicious"))
        await abandon(desk.redis, deliveries=3)
    desk.gate.clear()

    async def handle(delivery: Delivery) -> None:
        if text_of(delivery) == "suspicious":
            await desk.handle(delivery)
        elif delivery.deliveries == 1:
            raise TransientError("not now")
        else:
            desk.handled.append(text_of(delivery))

    async with reading(redis_url, handle):
        await eventually(lambda: desk.given)
        await add(desk.redis, a_message("other"))
        await eventually(lambda: desk.handled == ["other"])
        desk.gate.set()


async def test_what_is_not_suspicious_is_taken_over_however_much_suspicious_lies_before_it(
    redis_url: str, desk: Desk
) -> None:
    async with a_bus(redis_url, name="set-up").connected():
        await add(desk.redis, *(a_message("suspicious") for _ in range(120)))
        await abandon(desk.redis, deliveries=2)
        await add(desk.redis, a_message("other"))
        await abandon(desk.redis)
    desk.gate.clear()

    async def handle(delivery: Delivery) -> None:
        if text_of(delivery) == "suspicious":
            await desk.handle(delivery)
        else:
            desk.handled.append(text_of(delivery))

    async with reading(redis_url, handle):
        await eventually(lambda: desk.handled == ["other"])
        desk.gate.set()


async def test_suspicious_entries_are_worked_on_one_after_the_other(redis_url: str, desk: Desk) -> None:
    desk.gate.clear()
    async with a_bus(redis_url, name="set-up").connected():
        await add(desk.redis, *(a_message(str(number)) for number in range(4)))
        await abandon(desk.redis, deliveries=2)
    async with reading(redis_url, desk.handle):
        await eventually(lambda: desk.given)
        await idle_for(desk.redis, 1500)
        assert len(desk.given) == 1
        desk.gate.set()
        await eventually(lambda: len(desk.handled) == 4)


async def test_suspicious_entries_of_two_streams_are_worked_on_one_after_the_other(
    redis_url: str, desk: Desk
) -> None:
    """Else a message that kills its process would take the same tool result along each time."""
    results = TOOL_RESULTS.key(0)
    async with a_bus(redis_url, name="set-up").connected():
        await add(desk.redis, a_message("one"))
        await desk.redis.xadd(results, {"__data__": dump_event(an_event(ToolCompleted))})
        for stream in (MESSAGES, results):
            await abandon(desk.redis, stream=stream, deliveries=2)
    desk.gate.clear()
    begun: list[str] = []

    async def handle(delivery: Delivery) -> None:
        begun.append(delivery.stream)
        await desk.gate.wait()
        await desk.redis.xack(delivery.stream, delivery.group, delivery.entry_id)

    bus = a_bus(redis_url, name="one")
    bus.subscribe(CHAT_MESSAGES, GROUP, {MessageReceived: handle})
    bus.subscribe(TOOL_RESULTS, GROUP, {ToolCompleted: handle})
    async with bus.connected():
        await eventually(lambda: begun)
        await idle_for(desk.redis, 1500)
        assert len(begun) == 1
        desk.gate.set()
        await eventually(lambda: sorted(begun) == [MESSAGES, results])
