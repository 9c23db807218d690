"""What a gateway is asked over HTTP, and what it has recorded."""

from typing import Any

from redis.asyncio import Redis

from tests.recorded import events_on

ASKED = {
    "threadId": "thread-1",
    "runId": "run-1",
    "messages": [{"id": "m1", "role": "user", "content": "hello"}],
}


def agui(gateway: str) -> str:
    return f"http://{gateway}/agui"


async def recorded(redis: Redis) -> list[dict[str, Any]]:
    """The events of sessions, then those of messages, each in their order."""
    return await events_on(redis, "chat.sessions.{0}", "chat.messages.{0}")


async def recorded_at_least(redis: Redis, count: int) -> list[dict[str, Any]]:
    """Everything that was recorded, once it is so much."""
    events = await recorded(redis)
    return events if len(events) >= count else []
