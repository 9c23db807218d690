"""The bus on a real server: how long what is worked on looks untouched."""

from redis.asyncio import Redis

from tests.eventually import eventually
from tests.integration.bus.desk import GROUP, MESSAGES, Desk, a_message, add, reading

SHORTEST_RECLAIM_IDLE_MS = 1000


async def test_what_is_worked_on_is_touched_several_times_before_another_may_take_it(
    redis_url: str, desk: Desk
) -> None:
    desk.gate.clear()
    async with reading(redis_url, desk.handle, reclaim_idle_ms=SHORTEST_RECLAIM_IDLE_MS):
        await add(desk.redis, a_message("slow"))
        await eventually(lambda: desk.given)
        touches = Touches(desk.redis)
        await eventually(touches.three_more)
        desk.gate.set()

    assert min(touches.idle_before) < SHORTEST_RECLAIM_IDLE_MS / 2


class Touches:
    """How long an entry had been idle, in milliseconds, each time that it was touched."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._idle = 0
        self.idle_before: list[int] = []

    async def three_more(self) -> bool:
        [entry] = await self._redis.xpending_range(MESSAGES, GROUP, min="-", max="+", count=1)
        idle = int(entry["time_since_delivered"])
        if idle < self._idle:
            self.idle_before.append(self._idle)
        self._idle = idle
        return len(self.idle_before) >= 3
