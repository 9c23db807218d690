"""Which conversation an AG-UI client means by the thread id that it has chosen."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from services.gateway.entrance import Arrival, Entrance, Opened
from services.gateway.refusals import RefusedError
from services.shared.frames import Resume


@dataclass(frozen=True, kw_only=True)
class Threads:
    """One conversation a session and thread. A thread of one session says nothing to another."""

    redis: Redis
    entrance: Entrance
    lifetime: timedelta

    async def open(self, thread_id: str, arrival: Arrival) -> Opened:
        """The thread's conversation, a new one when there is none yet; without a token in a new session."""
        if arrival.session_token and (known := await self._known(thread_id, arrival)):
            return known
        opened = await self.entrance.start(arrival)
        kept = await self.redis.set(
            _key(opened.session.session_id, thread_id),
            opened.conversation_id,
            nx=True,
            ex=self.lifetime,
        )
        if kept:
            return opened
        # Two first requests at once: the one that came first has named the conversation.
        return await self._known(thread_id, replace(arrival, session_token=opened.session.token)) or opened

    async def _known(self, thread_id: str, arrival: Arrival) -> Opened | None:
        token = arrival.session_token or ""
        session = await self.entrance.session(token)
        if arrival.identity_token is not None:
            customer_id = await self.entrance.identity.customer_of(arrival.identity_token)
            if customer_id != session.customer_id:
                return None
        key = _key(session.session_id, thread_id)
        stored = cast("bytes | None", await self.redis.getex(key, ex=self.lifetime))
        found = stored.decode() if stored else None
        try:
            return await self.entrance.resume(
                Resume(
                    type="resume",
                    client_id="agui",
                    session_token=token,
                    conversation_id=found or thread_id,
                )
            )
        except RefusedError as refused:
            if refused.code != "not_found":
                raise
            if found:  # its conversation was lost with the broker's data
                await self.redis.delete(key)
            return None


def _key(session_id: str, thread_id: str) -> str:
    return f"thread:{session_id}:{hashlib.sha256(thread_id.encode()).hexdigest()}"
