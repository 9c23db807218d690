"""The functions of `commit.lua` on a server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.shared.conversation_keys import ConversationKeys

LIBRARY = Path(__file__).with_name("commit.lua")


class FunctionLibrary:
    """The library on one Redis. `time_limit_ms`: within it an accepted message must have ended."""

    def __init__(self, redis: Redis, *, partitions: int = 1, time_limit_ms: int = 45_000) -> None:
        self._redis = redis
        self._partitions = partitions
        self.time_limit_ms = time_limit_ms

    def keys(self, conversation_id: str) -> ConversationKeys:
        return ConversationKeys(conversation_id, self._partitions)

    async def load(self) -> None:
        """Put the library on the server, in place of an older one."""
        await self._redis.function_load(LIBRARY.read_text(), replace=True)

    async def call(self, function: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """Make one step: a function of the library, which is loaded where it is missing."""
        rest = (*keys, *map(str, args))
        try:
            return await self._redis.fcall(function, len(keys), *rest)
        except ResponseError as error:
            if "Function not found" not in str(error):
                raise
        await self.load()
        return await self._redis.fcall(function, len(keys), *rest)
