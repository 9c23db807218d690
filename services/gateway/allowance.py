"""What a session may still say when the tokens that models may use for it in a day are used up."""

import re
from dataclasses import dataclass

from redis.asyncio import Redis

from services.gateway.refusals import RefusedError
from services.shared.budget import Budget

RESERVE = 3
RESERVE_SECONDS = 3600
WORN_OUT = "the assistant has done for you what it can today"
# Who asks for a person or leaves an address. It decides what is let through, not what is done about it.
_FOR_A_PERSON = re.compile(
    r"\b(person|human|agent|someone|people|mensch|mitarbeiter|berater|jemand)|@", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Refuses a session that is over its budget, but for a few messages an hour: enough to reach a person.

    Those are answered by the offline model, which costs nothing.
    """

    redis: Redis
    budget: Budget

    async def is_spent(self, session_id: str) -> bool:
        return await self.budget.session_is_spent(session_id)

    async def take_from_reserve(self, session_id: str, text: str) -> None:
        """Let one message through. Raises RefusedError when the reserve is used up, too.

        What is meant for a person has a reserve of its own; of anything else the first message is refused with the
        way to a person.
        """
        if _FOR_A_PERSON.search(text):
            await self._take(f"reserve:person:{session_id}")
        elif await self._is_news(session_id):
            message = f"{WORN_OUT}: to reach a person, send `talk to a person`"
            raise RefusedError("budget_exhausted", message)
        else:
            await self._take(f"reserve:{session_id}")

    async def _take(self, key: str) -> None:
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, RESERVE_SECONDS, nx=True)
            pipe.pttl(key)
            count, _, left_ms = await pipe.execute()
        if count > RESERVE:
            raise RefusedError("budget_exhausted", f"{WORN_OUT}: come back later", retry_after_ms=left_ms)

    async def _is_news(self, session_id: str) -> bool:
        """Whether the session has not been told yet that its budget is gone."""
        return bool(await self.redis.set(f"told:{session_id}", 1, nx=True, ex=RESERVE_SECONDS))
