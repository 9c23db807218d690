"""Which conversation an AG-UI client means by the thread id that it has chosen."""

import hashlib
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from services.gateway.conversations import Conversations, Opened, RefusedError
from services.shared.frames import Resume


@dataclass(frozen=True, kw_only=True)
class Threads:
    """One conversation a session and thread. A thread of one session says nothing to another."""

    redis: Redis
    conversations: Conversations
    lifetime_seconds: int

    async def open(self, thread_id: str, session_token: str | None) -> Opened:
        """The thread's conversation, a new one when there is none yet; without a token in a new session."""
        if session_token is not None and (known := await self._known(thread_id, session_token)):
            return known
        opened = await self.conversations.start(session_token)
        kept = await self.redis.set(
            _key(opened.session.session_id, thread_id),
            opened.conversation_id,
            nx=True,
            ex=self.lifetime_seconds,
        )
        if kept:
            return opened
        # Two first requests at once: the one that came first has named the conversation.
        return await self._known(thread_id, opened.session.token) or opened

    async def _known(self, thread_id: str, session_token: str) -> Opened | None:
        session = await self.conversations.session(session_token)
        key = _key(session.session_id, thread_id)
        stored = cast("bytes | None", await self.redis.getex(key, ex=self.lifetime_seconds))
        found = stored.decode() if stored else None
        try:
            return await self.conversations.resume(
                Resume(
                    type="resume",
                    client_id="agui",
                    session_token=session_token,
                    conversation_id=found or thread_id,
                )
            )
        except RefusedError:
            if found:  # its conversation was lost with the broker's data
                await self.redis.delete(key)
            return None


def _key(session_id: str, thread_id: str) -> str:
    return f"thread:{session_id}:{hashlib.sha256(thread_id.encode()).hexdigest()}"
