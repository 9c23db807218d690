"""Forgetting readers that are gone, on a real Redis."""

from redis.asyncio import Redis

from services.shared.gone_readers import forget_gone_readers
from services.shared.steps import Steps
from services.shared.streams import CHAT_MESSAGES
from tests.eventually import eventually

KEY, GROUP = CHAT_MESSAGES.key(0), "router"


async def readers(redis: Redis) -> set[str]:
    return {info["name"].decode() for info in await redis.xinfo_consumers(KEY, GROUP)}


async def test_who_holds_nothing_is_forgotten_after_its_time_and_who_holds_something_never(
    redis_client: Redis,
) -> None:
    await redis_client.xgroup_create(KEY, GROUP, id="0", mkstream=True)
    await redis_client.xadd(KEY, {"f": "v"})
    await redis_client.xreadgroup(GROUP, "holds", {KEY: ">"})
    await redis_client.xgroup_createconsumer(KEY, GROUP, "gone")
    steps = Steps(redis_client)

    assert await forget_gone_readers(steps, partitions=1) == 0
    await eventually(lambda: forget_gone_readers(steps, partitions=1, idle_ms=5))

    assert await readers(redis_client) == {"holds"}
    assert (await redis_client.xpending(KEY, GROUP))["pending"] == 1


async def test_groups_that_are_not_there_yet_are_left_alone(redis_client: Redis) -> None:
    await redis_client.xadd(KEY, {"f": "v"})

    assert await forget_gone_readers(Steps(redis_client), partitions=2) == 0
