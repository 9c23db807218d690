"""What a gateway is asked over HTTP, and what it has recorded."""

from typing import Any

import orjson
from redis.asyncio import Redis

ASKED = {
    "threadId": "thread-1",
    "runId": "run-1",
    "messages": [{"id": "m1", "role": "user", "content": "hello"}],
}


def agui(gateway: str) -> str:
    return f"http://{gateway}/agui"


async def recorded(redis: Redis) -> list[dict[str, Any]]:
    """The events of sessions, then those of messages, each in their order."""
    entries = [
        entry for stream in ("chat.sessions.{0}", "chat.messages.{0}") for entry in await redis.xrange(stream)
    ]
    return [orjson.loads(fields[b"__data__"]) for _, fields in entries]


async def recorded_at_least(redis: Redis, count: int) -> list[dict[str, Any]]:
    """Everything that was recorded, once it is so much."""
    events = await recorded(redis)
    return events if len(events) >= count else []
