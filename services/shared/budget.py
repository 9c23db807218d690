"""What paid language models may use up in a day (UTC), counted in Redis for every process that calls or lets call."""

from datetime import timedelta

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.shared.events import now
from services.shared.settings import BudgetSettings

log = structlog.get_logger()

KEPT = timedelta(days=2)


class Budget:
    """Tokens of one session and of everybody; a limit of 0 is none."""

    def __init__(self, redis: Redis, limits: BudgetSettings) -> None:
        self._redis = redis
        self._limits = limits

    async def add(self, session_id: str, tokens: int) -> None:
        """Count what a call has used. The count may fall short by a call; no turn is lost for it."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in (_of_day(), _of_session(session_id)):
                    pipe.incrby(key, tokens)
                    pipe.expire(key, KEPT)
                await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("tokens were not counted", tokens=tokens, reason=type(error).__name__)

    async def session_is_spent(self, session_id: str) -> bool:
        return await self._spent(_of_session(session_id), self._limits.session_tokens)

    async def day_is_spent(self) -> bool:
        return await self._spent(_of_day(), self._limits.day_tokens)

    async def _spent(self, key: str, limit: int) -> bool:
        return limit > 0 and int(await self._redis.get(key) or 0) >= limit


def _of_day() -> str:
    return f"tokens:{now():%Y-%m-%d}"


def _of_session(session_id: str) -> str:
    return f"{_of_day()}:{session_id}"
