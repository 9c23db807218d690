"""The bus on a real server: what is read, taken over, buried and healed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from services.shared.bus import Bus, Delivery
from services.shared.delivery import Handler
from services.shared.errors import PermanentError, SetupError, TransientError
from services.shared.events import Envelope, MessageReceived, ToolCompleted, ToolRequested, dump_event
from services.shared.settings import RedisSettings
from services.shared.streams import CHAT_MESSAGES, CHAT_SESSIONS, DEAD_LETTERS, STREAMS, TOOL_RESULTS
from tests.builders import an_event
from tests.eventually import eventually
from tests.running import a_bus

MESSAGES = CHAT_MESSAGES.key(0)
GROUP = "router"


class Desk:
    """Handles messages as it is told, acknowledges what it has handled, and keeps what it was given."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.given: list[Delivery] = []
        self.handled: list[str] = []
        self.told: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, delivery: Delivery) -> None:
        text = _text(delivery)
        self.given.append(delivery)
        await self.gate.wait()
        if text in self.trouble:
            raise self.trouble[text]
        await self.redis.xack(delivery.stream, delivery.group, delivery.entry_id)
        self.handled.append(text)

    async def tell(self, delivery: Delivery) -> None:
        self.told.append(_text(delivery))

    def deliveries_of(self, text: str) -> list[int]:
        return [delivery.deliveries for delivery in self.given if _text(delivery) == text]


def _text(delivery: Delivery) -> str:
    assert isinstance(delivery.event, MessageReceived)
    return delivery.event.text


def a_message(text: str) -> MessageReceived:
    return an_event(MessageReceived, text=text)


@pytest.fixture
def desk(redis_client: Redis) -> Desk:
    return Desk(redis_client)


@contextlib.asynccontextmanager
async def reading(
    redis_url: str, handler: Handler, *, name: str = "one", concurrency: int = 64, **more: Any
) -> AsyncIterator[Bus]:
    """A bus that has its messages handled."""
    tell = more.pop("tell", None)
    bus = a_bus(redis_url, name=name, **more)
    handlers = {MessageReceived: handler}
    bus.subscribe(CHAT_MESSAGES, GROUP, handlers, on_dead_letter=tell, concurrency=concurrency)
    async with bus.connected():
        yield bus


async def add(redis: Redis, *events: Envelope) -> None:
    for event in events:
        await redis.xadd(MESSAGES, {"__data__": dump_event(event)})


async def pending(redis: Redis) -> int:
    return int((await redis.xpending(MESSAGES, GROUP))["pending"])


async def letters(redis: Redis) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"__data__"]) for _, fields in await redis.xrange(DEAD_LETTERS.key(0))]


async def abandon(redis: Redis, *, stream: str = MESSAGES, deliveries: int = 1) -> list[str]:
    """Deliver all there is to a process that dies with it."""
    found: Any = await redis.xreadgroup(GROUP, "dead", {stream: ">"}, count=1000)
    ids = [entry_id.decode() for entry_id, _ in found[0][1]]
    await redis.xclaim(stream, GROUP, "dead", 0, ids, idle=60_000, retrycount=deliveries, justid=True)
    return ids


# reading and publishing


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
    busy = {"concurrency": 2, "max_deliveries": 1}
    async with reading(redis_url, desk.handle, **busy), reading(redis_url, desk.handle, name="two", **busy):
        await add(desk.redis, *(a_message(str(number)) for number in range(8)))
        await eventually(lambda: len(desk.given) == 4)
        await idle_for(desk.redis, 2500)
        desk.gate.set()
        await eventually(lambda: len(desk.handled) == 8)

    assert {delivery.deliveries for delivery in desk.given} == {1}
    assert await letters(desk.redis) == []


async def idle_for(redis: Redis, milliseconds: int) -> None:
    """Let the server's clock go on."""

    async def now_ms() -> int:
        seconds, microseconds = await redis.time()
        return seconds * 1000 + microseconds // 1000

    until = await now_ms() + milliseconds

    async def passed() -> bool:
        return await now_ms() > until

    await eventually(passed, within=milliseconds / 1000 + 5)


# taking over


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
    async with reading(redis_url, desk.handle), reading(redis_url, desk.handle, name="other"):
        await add(desk.redis, a_message("slow"))
        await eventually(lambda: desk.given)
        await idle_for(desk.redis, 3000)
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
        if _text(delivery) == "suspicious":
            await desk.handle(delivery)
        elif delivery.deliveries == 1:
            raise TransientError("not now")
        else:
            desk.handled.append(_text(delivery))

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
        if _text(delivery) == "suspicious":
            await desk.handle(delivery)
        else:
            desk.handled.append(_text(delivery))

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


# trouble


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


# batches


class Ledger:
    """Takes batches, and refuses them as it is told."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.trouble: dict[str, Exception] = {}

    async def record(self, deliveries: Sequence[Delivery]) -> None:
        texts = [_text(delivery) for delivery in deliveries]
        self.batches.append(texts)
        for text in texts:
            if text in self.trouble:
                raise self.trouble[text]

    @property
    def last(self) -> list[str]:
        return self.batches[-1]


@contextlib.asynccontextmanager
async def recording(redis_url: str, ledger: Ledger, **more: Any) -> AsyncIterator[Bus]:
    bus = a_bus(redis_url, name="ledger", **more)
    bus.subscribe_batch(CHAT_MESSAGES, GROUP, ledger.record, max_records=50)
    async with bus.connected():
        yield bus


async def test_a_batch_is_acknowledged_after_it_was_handled(redis_url: str, redis_client: Redis) -> None:
    ledger = Ledger()
    await add(redis_client, *(a_message(str(number)) for number in range(120)))

    async with recording(redis_url, ledger):
        await eventually(lambda: sum(map(len, ledger.batches)) == 120)

    assert [text for batch in ledger.batches for text in batch] == [str(number) for number in range(120)]
    assert max(map(len, ledger.batches)) <= 50
    assert await pending(redis_client) == 0


async def test_a_batch_waits_without_being_counted_while_its_handler_cannot(
    redis_url: str, redis_client: Redis
) -> None:
    ledger = Ledger()
    ledger.trouble["one"] = TransientError("the database is away")
    async with recording(redis_url, ledger, max_deliveries=1):
        await add(redis_client, a_message("one"))
        await eventually(lambda: len(ledger.batches) > 3)
        assert await pending(redis_client) == 1
        ledger.trouble.clear()

        async def acknowledged() -> bool:
            return await pending(redis_client) == 0

        await eventually(acknowledged, within=10)

    assert await letters(redis_client) == []


async def test_the_bad_entry_of_a_batch_is_found_and_buried_alone(
    redis_url: str, redis_client: Redis
) -> None:
    ledger = Ledger()
    ledger.trouble["bad"] = PermanentError("cannot be stored")
    await add(redis_client, *map(a_message, ("one", "bad", "two")))
    await redis_client.xadd(MESSAGES, {"__data__": "garbage"})

    async with recording(redis_url, ledger):
        await eventually(lambda: ["two"] in ledger.batches)

        async def acknowledged() -> bool:
            return await pending(redis_client) == 0

        await eventually(acknowledged)

    reasons = sorted(letter["reason"] for letter in await letters(redis_client))
    assert len(reasons) == 2
    assert reasons[0] == "cannot be stored"
    assert reasons[1].startswith("not an event")


async def test_an_entry_of_a_batch_is_delivered_again_before_it_is_given_up(
    redis_url: str, redis_client: Redis
) -> None:
    ledger = Ledger()
    ledger.trouble["moody"] = ValueError("a bug")
    async with recording(redis_url, ledger, max_deliveries=2):
        await add(redis_client, *map(a_message, ("one", "moody", "two")))
        await eventually(lambda: letters(redis_client), within=15)

    [letter] = await letters(redis_client)
    assert letter["reason"] == "not processed in 2 deliveries: ValueError: a bug"
    assert ledger.batches.count(["moody"]) == 2


async def test_a_batch_entry_that_killed_its_process_every_time_is_buried(
    redis_url: str, redis_client: Redis
) -> None:
    ledger = Ledger()
    async with a_bus(redis_url, name="set-up").connected():
        await add(redis_client, a_message("killer"))
        await abandon(redis_client, deliveries=5)

    async with recording(redis_url, ledger):
        await eventually(lambda: letters(redis_client), within=20)

    assert ledger.batches == []
    assert await pending(redis_client) == 0


# healing and stopping


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


# setting up


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
