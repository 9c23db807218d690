"""Entries whose process died are taken over by another.

While an entry is worked on, its process touches it (`heartbeat`), so idle means abandoned. An entry that was
taken over before may have killed its process: of these, over all streams, one is processed at a time, so that its
neighbours do not go down with it time and again. `release` gives entries back at once on a graceful stop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.shared.delivery import RawEntry
from services.shared.entries import Entry
from services.shared.readers import Reader

log = structlog.get_logger()
RECLAIMED = Counter("supportbot_reclaimed_total", "Entries taken over from another process", ["stream"])

BEATS_PER_IDLE = 5
RECLAIM_SECONDS = 1.0
PAGE = 1000
TOGETHER = 100
SUSPICIOUS_DELIVERIES = 2


async def heartbeat(redis: Redis, readers: Sequence[Reader], consumer: str, idle_ms: int) -> None:
    """Touch the entries in flight, for ever, without counting a delivery.

    Often enough that a late beat or two lets none of them be idle for `idle_ms`, after which it would be taken over.
    """
    while True:
        await asyncio.sleep(idle_ms / 1000 / BEATS_PER_IDLE)
        for reader in readers:
            if reader.in_flight:
                try:
                    await redis.xclaim(
                        reader.stream, reader.group, consumer, 0, list(reader.in_flight), justid=True
                    )
                except (RedisError, OSError) as error:
                    log.warning("heartbeat failed", stream=reader.stream, reason=str(error))


async def reclaim(redis: Redis, readers: Sequence[Reader], consumer: str, idle_ms: int) -> None:
    """Take over what has been idle for `idle_ms`, for ever."""
    alone = asyncio.Lock()
    claims = [
        Claim(redis=redis, reader=reader, consumer=consumer, idle_ms=idle_ms, alone=alone)
        for reader in readers
    ]
    await asyncio.gather(
        *(_for_ever(claim, claim.take_fresh) for claim in claims),
        *(_for_ever(claim, claim.take_suspicious) for claim in claims),
    )


async def _for_ever(claim: "Claim", take: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(RECLAIM_SECONDS)
        try:
            await take()
        except (RedisError, OSError) as error:
            log.warning("cannot look for abandoned entries", stream=claim.reader.stream, reason=str(error))


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one consumer takes over for one reader."""

    redis: Redis
    reader: Reader
    consumer: str
    idle_ms: int
    alone: asyncio.Lock

    async def take_fresh(self) -> None:
        """Take over, together, what was delivered once, however much else lies before it."""
        fresh = [entry for entry in await self._abandoned() if not _suspicious(entry)]
        if fresh:
            await self.reader.take(await self._claim(fresh[:TOGETHER]))

    async def take_suspicious(self) -> None:
        """Take over what was delivered more often, one after the other; the lock is shared by all readers."""
        for entry in await self._abandoned():
            if _suspicious(entry):
                async with self.alone:
                    for claimed in await self._claim([entry]):
                        await self.reader.take_alone(claimed)

    async def _abandoned(self) -> list[dict[str, Any]]:
        pending: Any = await self.redis.xpending_range(
            self.reader.stream, self.reader.group, min="-", max="+", count=PAGE, idle=self.idle_ms
        )
        return [entry for entry in pending if entry["message_id"].decode() not in self.reader.in_flight]

    async def _claim(self, pending: Sequence[dict[str, Any]]) -> list[RawEntry]:
        reader = self.reader
        deliveries: dict[Any, int] = {entry["message_id"]: entry["times_delivered"] + 1 for entry in pending}
        claimed: Any = await self.redis.xclaim(
            reader.stream, reader.group, self.consumer, self.idle_ms, list(deliveries)
        )
        RECLAIMED.labels(reader.stream).inc(len(claimed))
        return [
            RawEntry(
                at=Entry(stream=reader.stream, group=reader.group, entry_id=entry_id.decode()),
                fields=fields,
                deliveries=deliveries[entry_id],
            )
            for entry_id, fields in claimed
        ]


def _suspicious(pending: dict[str, Any]) -> bool:
    deliveries: int = pending["times_delivered"]
    return deliveries >= SUSPICIOUS_DELIVERIES


async def release(redis: Redis, readers: Sequence[Reader], consumer: str) -> None:
    """Make whatever this process still holds look abandoned, so that another takes it over at once."""
    an_hour_ms = 3_600_000
    for reader in readers:
        held: Any = await redis.xpending_range(
            reader.stream, reader.group, min="-", max="+", count=1000, consumername=consumer
        )
        if held:
            ids = [entry["message_id"] for entry in held]
            await redis.xclaim(reader.stream, reader.group, consumer, 0, ids, idle=an_hour_ms, justid=True)
