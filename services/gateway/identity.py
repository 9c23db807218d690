"""Who is at the other end: session tokens, kept only as their digests."""

import hashlib
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis


@dataclass(frozen=True, kw_only=True)
class Session:
    """A browser or terminal. `token` is its secret; `session_id` may appear in events."""

    session_id: str
    token: str
    customer_id: str | None = None


def new_conversation_id() -> str:
    """128 random bits: not to be guessed."""
    return secrets.token_hex(16)


class Sessions:
    """The sessions, by the digest of their token: who reads the store cannot use what stands there."""

    def __init__(self, redis: Redis, *, lifetime_seconds: int) -> None:
        self._redis = redis
        self._lifetime = lifetime_seconds

    @staticmethod
    def _key(token: str) -> str:
        return f"session:{hashlib.sha256(token.encode()).hexdigest()}"

    async def create(self) -> Session:
        session = Session(session_id=secrets.token_hex(16), token=secrets.token_urlsafe(32))
        key = self._key(session.token)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping={"session_id": session.session_id, "customer_id": ""})
            pipe.expire(key, self._lifetime)
            await pipe.execute()
        return session

    async def find(self, token: str) -> Session | None:
        """The session of a token, or None for one that is unknown or expired."""
        fields = await cast(
            "Awaitable[list[bytes | None]]",
            self._redis.hmget(self._key(token), ["session_id", "customer_id"]),
        )
        session_id, customer_id = fields
        if session_id is None:
            return None
        await self._redis.expire(self._key(token), self._lifetime)
        return Session(
            session_id=session_id.decode(),
            token=token,
            customer_id=(customer_id or b"").decode() or None,
        )
