"""The sessions: what a browser or terminal may come back with, kept only as a digest."""

import hashlib
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis


@dataclass(frozen=True, kw_only=True)
class Session:
    """A browser or terminal, of one customer or of a guest for as long as it lives.

    `token` is its secret; `session_id` may appear in events.
    """

    session_id: str
    token: str
    customer_id: str | None = None


class Sessions:
    """The sessions, by the digest of their token: who reads the store cannot use what stands there.

    A guest's session lives on while it is used; that of a customer ends `signed_in` after the last proof of who the
    customer is. One in which nothing was said yet ends after `unused`.
    """

    def __init__(self, redis: Redis, *, guest: timedelta, signed_in: timedelta, unused: timedelta) -> None:
        self._redis = redis
        self._guest = guest
        self._signed_in = signed_in
        self._unused = unused

    @staticmethod
    def _key(token: str) -> str:
        return f"session:{hashlib.sha256(token.encode()).hexdigest()}"

    async def create(self, customer_id: str | None = None) -> Session:
        session = Session(
            session_id=secrets.token_hex(16), token=secrets.token_urlsafe(32), customer_id=customer_id
        )
        key = self._key(session.token)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping={"session_id": session.session_id, "customer_id": customer_id or ""})
            pipe.expire(key, self._signed_in if customer_id else self._unused)
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
        return Session(
            session_id=session_id.decode(),
            token=token,
            customer_id=(customer_id or b"").decode() or None,
        )

    async def prove(self, session: Session) -> None:
        """The customer has just shown again who they are."""
        await self._redis.expire(self._key(session.token), self._signed_in)

    async def use(self, session: Session) -> bool:
        """Note that something is said in the session; False when it has ended."""
        key = self._key(session.token)
        if session.customer_id:
            return bool(await self._redis.exists(key))
        return bool(await self._redis.expire(key, self._guest))


def new_conversation_id() -> str:
    """128 random bits: not to be guessed."""
    return secrets.token_hex(16)
