"""The bus on a real server: entries that are handled many at a time."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from redis.asyncio import Redis

from services.shared.bus import Bus, Delivery
from services.shared.errors import PermanentError, TransientError
from services.shared.streams import CHAT_MESSAGES
from tests.eventually import eventually
from tests.integration.bus.desk import (
    GROUP,
    MESSAGES,
    a_message,
    abandon,
    acknowledged,
    add,
    letters,
    pending,
    text_of,
)
from tests.running import a_bus


class Ledger:
    """Takes batches, and refuses them as it is told."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.trouble: dict[str, Exception] = {}

    async def record(self, deliveries: Sequence[Delivery]) -> None:
        texts = [text_of(delivery) for delivery in deliveries]
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
        await acknowledged(redis_client)

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
        await acknowledged(redis_client)

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
