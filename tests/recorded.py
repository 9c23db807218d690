"""What the services have recorded on their streams."""

from typing import Any

import orjson
from redis.asyncio import Redis


async def events_on(redis: Redis, *streams: str) -> list[dict[str, Any]]:
    """The events of the streams as they stand there, one stream after the other."""
    entries = [entry for stream in streams for entry in await redis.xrange(stream)]
    return [orjson.loads(fields[b"__data__"]) for _, fields in entries]
