"""What a session may still say when the tokens that models may use for it in a day are used up."""

from dataclasses import dataclass

from redis.asyncio import Redis

from services.gateway.refusals import RefusedError
from services.shared.budget import Budget

RESERVE = 3
RESERVE_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Refuses a session that is over its budget, but for a few messages an hour: enough to ask for a person.

    Those are answered by the offline model, which costs nothing.
    """

    redis: Redis
    budget: Budget

    async def is_spent(self, session_id: str) -> bool:
        return await self.budget.session_is_spent(session_id)

    async def take_from_reserve(self, session_id: str) -> None:
        """Let one message through. Raises RefusedError at first, with the way to a person, and after the last."""
        key = f"reserve:{session_id}"
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, RESERVE_SECONDS, nx=True)
            pipe.pttl(key)
            count, _, left_ms = await pipe.execute()
        if count == 1:
            raise RefusedError(
                "budget_exhausted",
                "the assistant has done for you what it can today: to reach a person, send `talk to a person` now",
            )
        if count > 1 + RESERVE:
            message = "the assistant has done for you what it can today: come back later"
            raise RefusedError("budget_exhausted", message, retry_after_ms=left_ms)
