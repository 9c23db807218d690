"""Pushed frames reach every viewer of a gateway that has just started."""

import asyncio

from redis.asyncio import Redis

from services.gateway.feeds import Viewer
from services.gateway.replies import Replies
from services.shared.frame_log import FrameLog
from tests.eventually import eventually

CONVERSATIONS = 30


async def test_conversations_watched_at_the_same_instant_share_one_connection(
    redis_url: str, redis_client: Redis
) -> None:
    cold = Redis.from_url(redis_url, client_name="cold-gateway")
    frames = FrameLog(cold, partitions=1)
    replies = Replies(cold, frames)
    listening = asyncio.create_task(replies.run())
    seen: set[int] = set()

    def viewer(number: int) -> Viewer:
        return Viewer(receive=lambda cursor, event: seen.add(number), cursor="0-0")  # noqa: ARG005

    await asyncio.gather(*(replies.watch(f"c{number}", viewer(number)) for number in range(CONVERSATIONS)))
    channels = [frames.channel(f"c{number}") for number in range(CONVERSATIONS)]

    async def all_are_subscribed() -> bool:
        return all(count == 1 for _, count in await redis_client.pubsub_numsub(*channels))

    await eventually(all_are_subscribed)
    for channel in channels:
        await redis_client.publish(channel, '1-1 0-0 {"type":"CUSTOM"}')
    await eventually(lambda: len(seen) == CONVERSATIONS, within=2)
    subscribers = [
        client
        for client in await redis_client.client_list(_type="pubsub")
        if client["name"] == "cold-gateway"
    ]
    assert len(subscribers) == 1
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await cold.aclose()
