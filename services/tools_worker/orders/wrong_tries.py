"""How often a guest may be wrong about an order: so many times in a window of time, then not for a while."""

import asyncio
import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from redis.asyncio import Redis

_SCRIPT = Path(__file__).with_suffix(".lua").read_text()


@dataclass(frozen=True, kw_only=True)
class Try:
    """A guest's claim that an order has this number and this address, both normalised, in one tool call."""

    conversation_id: str
    tool_call_id: str
    order_id: str
    email: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Where it counts: for its conversation, its order and its address, none of them readable."""
        subjects = {"conversation": self.conversation_id, "order": self.order_id, "email": self.email}
        return tuple(f"wrong_tries:{{{kind}:{_digest(value)}}}" for kind, value in subjects.items())

    @property
    def name(self) -> str:
        """The same when the call is delivered again, and another for every other question."""
        return _digest(self.conversation_id, self.tool_call_id, self.order_id, self.email)


@dataclass(frozen=True, kw_only=True)
class WrongTries:
    """Counts a try before it is looked up, so that none slips through beside others."""

    redis: Redis
    limit: int
    window: timedelta

    async def begin(self, attempt: Try) -> timedelta:
        """Count a try. Anything above zero: it must not be made, and the next one may after so long."""
        waits = await asyncio.gather(*(self._count(key, attempt.name) for key in attempt.keys))
        if any(waits):
            await self.forgive(attempt)
        return timedelta(milliseconds=max(waits))

    async def forgive(self, attempt: Try) -> None:
        """The try was not a wrong one: it no longer counts."""
        await asyncio.gather(*(self.redis.zrem(key, attempt.name) for key in attempt.keys))

    async def _count(self, key: str, name: str) -> int:
        window_ms = self.window // timedelta(milliseconds=1)
        reply = self.redis.eval(_SCRIPT, 1, key, str(self.limit), str(window_ms), name)
        return int(await cast("Awaitable[int]", reply))


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
