"""The lock against guessing, on a real Redis: what counts, for whom, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from services.shared.connection import connect
from services.shared.settings import RedisSettings
from services.tools_worker.orders.wrong_tries import Try, WrongTries
from tests.eventually import eventually
from tests.redis_cluster import redis_cluster

FIFTEEN_MINUTES = timedelta(minutes=15)


def a_try(number: int, **changed: Any) -> Try:
    """A try that has nothing in common with those of other numbers."""
    fields = {
        "conversation_id": f"conversation-{number}",
        "tool_call_id": f"call-{number}",
        "order_id": f"{1000 + number}",
        "email": f"guest{number}@example.com",
    }
    return Try(**fields | changed)


@pytest.fixture
async def tries(redis_settings: RedisSettings) -> AsyncIterator[WrongTries]:
    redis = connect(redis_settings, service="test")
    yield WrongTries(redis=redis, limit=5, window=FIFTEEN_MINUTES)
    await redis.aclose()


SAME = pytest.mark.parametrize(
    "same",
    [{"conversation_id": "c1"}, {"order_id": "1042"}, {"email": "ada@example.com"}],
    ids=lambda same: next(iter(same)),
)


@SAME
async def test_after_five_wrong_tries_the_next_one_must_wait(tries: WrongTries, same: dict[str, str]) -> None:
    for number in range(5):
        assert not await tries.begin(a_try(number, **same))
    wait = await tries.begin(a_try(5, **same))
    assert timedelta(minutes=14) < wait <= FIFTEEN_MINUTES
    assert not await tries.begin(a_try(6)), "a try that has nothing to do with them is locked, too"


@SAME
async def test_of_many_tries_at_once_no_more_than_five_pass(tries: WrongTries, same: dict[str, str]) -> None:
    waits = await asyncio.gather(*(tries.begin(a_try(number, **same)) for number in range(50)))
    assert sum(not wait for wait in waits) == 5


async def test_a_call_that_is_delivered_again_counts_once(tries: WrongTries) -> None:
    for _ in range(10):
        assert not await tries.begin(a_try(1))
    for number in range(2, 6):
        assert not await tries.begin(a_try(number, conversation_id="conversation-1"))
    assert not await tries.begin(a_try(1)), "a call that was let pass is locked when it is delivered again"
    assert await tries.begin(a_try(6, conversation_id="conversation-1"))


async def test_the_id_of_an_earlier_call_opens_nothing_else(tries: WrongTries) -> None:
    for number in range(5):
        assert not await tries.begin(a_try(number, order_id="1042"))
    again = a_try(0, order_id="1042", email="another@example.com")
    assert await tries.begin(again)


async def test_a_right_try_is_forgiven(tries: WrongTries) -> None:
    for number in range(20):
        attempt = a_try(number, conversation_id="c1")
        assert not await tries.begin(attempt)
        await tries.forgive(attempt)


async def test_a_try_that_must_wait_does_not_make_the_wait_longer(
    tries: WrongTries, redis_client: Redis
) -> None:
    for number in range(5):
        await tries.begin(a_try(number, order_id="1042"))
    for number in range(5, 30):
        assert await tries.begin(a_try(number, order_id="1042", conversation_id="c1"))
    assert not await tries.begin(a_try(30, conversation_id="c1")), (
        "refused tries count for their conversation"
    )
    sizes = [await redis_client.zcard(key) for key in a_try(0, order_id="1042").keys]
    assert max(sizes) == 5


async def test_the_lock_opens_again_when_the_window_has_passed(redis_client: Redis) -> None:
    tries = WrongTries(redis=redis_client, limit=1, window=timedelta(milliseconds=300))
    assert not await tries.begin(a_try(1))
    wait = await tries.begin(a_try(2, order_id="1001"))
    assert timedelta(0) < wait <= timedelta(milliseconds=300)

    async def opens() -> bool:
        return not await tries.begin(a_try(2, order_id="1001"))

    await eventually(opens)


async def test_nothing_is_left_when_the_window_has_passed(redis_client: Redis) -> None:
    tries = WrongTries(redis=redis_client, limit=5, window=timedelta(milliseconds=200))
    await tries.begin(a_try(1))
    assert await redis_client.dbsize() == 3

    async def empty() -> bool:
        return await redis_client.dbsize() == 0

    await eventually(empty)


async def test_neither_number_nor_address_stands_in_a_key(tries: WrongTries, redis_client: Redis) -> None:
    await tries.begin(a_try(7, order_id="W2378156", email="ada@example.com"))
    kept = b" ".join(
        [key + b" ".join(await redis_client.zrange(key, 0, -1)) for key in await redis_client.keys("*")]
    )
    assert b"2378156" not in kept
    assert b"ada" not in kept
    assert b"conversation-7" not in kept


async def test_a_redis_cluster_counts_as_one_server_does() -> None:
    async with redis_cluster(with_replicas=False) as cluster:
        settings = RedisSettings(_env_file=None, redis_url=cluster.url, redis_cluster=True)
        redis = connect(settings, service="test")
        tries = WrongTries(redis=redis, limit=5, window=FIFTEEN_MINUTES)
        waits = [bool(await tries.begin(a_try(number, email="ada@example.com"))) for number in range(8)]
        await tries.forgive(a_try(0, email="ada@example.com"))
        waits.append(bool(await tries.begin(a_try(8, email="ada@example.com"))))
        await redis.aclose()
    assert waits == [False] * 5 + [True] * 3 + [False]
