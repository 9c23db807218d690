"""How far behind the groups are, and how long customers wait."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Gauge
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.shared.streams import stream_keys

log = structlog.get_logger()

ENTRIES = Gauge("supportbot_stream_entries", "Entries that a stream keeps", ["stream"])
UNREAD = Gauge("supportbot_group_unread", "Entries that no member of the group has read", ["stream", "group"])
PENDING = Gauge("supportbot_group_pending", "Entries read and not acknowledged", ["stream", "group"])
OLDEST = Gauge(
    "supportbot_group_oldest_seconds", "Age of the oldest entry not acknowledged", ["stream", "group"]
)
WAITING = Gauge("supportbot_waiting_conversations", "Conversations with unanswered messages", ["partition"])
WAITING_OLDEST = Gauge(
    "supportbot_waiting_oldest_seconds", "Since when the first of them has waited", ["partition"]
)


@dataclass(frozen=True, kw_only=True)
class GroupLag:
    """`unread` is None when the server cannot tell; `oldest_seconds` is of the oldest entry not acknowledged."""

    stream: str
    group: str
    unread: int | None
    pending: int
    oldest_seconds: float


@dataclass(frozen=True, kw_only=True)
class StreamLag:
    """One physical stream with its registered groups, those that exist."""

    stream: str
    entries: int
    groups: tuple[GroupLag, ...]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The conversations of a partition whose customers wait for an answer."""

    partition: int
    conversations: int
    oldest_seconds: float


@dataclass(frozen=True, kw_only=True)
class Lag:
    streams: tuple[StreamLag, ...]
    waiting: tuple[Waiting, ...]


async def measure(redis: Redis, *, partitions: int, time_limit_seconds: int) -> Lag:
    """The lag of every registered group of every stream, by the server's clock."""
    seconds, microseconds = await redis.time()
    now_ms = seconds * 1000 + microseconds // 1000
    streams = await asyncio.gather(
        *(_stream_lag(redis, key, stream.groups, now_ms) for stream, key in stream_keys(partitions))
    )
    waiting = await asyncio.gather(
        *(_waiting(redis, partition, now_ms, time_limit_seconds) for partition in range(partitions))
    )
    return Lag(streams=tuple(streams), waiting=tuple(waiting))


async def _stream_lag(redis: Redis, key: str, groups: Sequence[str], now_ms: int) -> StreamLag:
    found: list[dict[str, Any]] = await redis.xinfo_groups(key) if await redis.exists(key) else []
    known = {info["name"].decode(): info for info in found}
    lags = [await _group_lag(redis, key, known[name], now_ms) for name in groups if name in known]
    return StreamLag(stream=key, entries=await redis.xlen(key), groups=tuple(lags))


async def _group_lag(redis: Redis, key: str, info: dict[str, Any], now_ms: int) -> GroupLag:
    group = info["name"].decode()
    pending: Any = await redis.xpending(key, group)
    unread: Any = await redis.xrange(key, min=f"({info['last-delivered-id'].decode()}", count=1)
    ids = [pending["min"], *(entry_id for entry_id, _ in unread)]
    return GroupLag(
        stream=key,
        group=group,
        unread=info["lag"],
        pending=pending["pending"],
        oldest_seconds=max((_age(entry_id, now_ms) for entry_id in ids if entry_id), default=0.0),
    )


def _age(entry_id: bytes, now_ms: int) -> float:
    return max(0, now_ms - int(entry_id.partition(b"-")[0])) / 1000


async def _waiting(redis: Redis, partition: int, now_ms: int, time_limit_seconds: int) -> Waiting:
    """Each waits until its deadline, which is its oldest message's acceptance and the time limit."""
    key = f"deadlines:{{{partition}}}"
    first: Any = await redis.zrange(key, 0, 0, withscores=True)
    since_ms = first[0][1] - time_limit_seconds * 1000 if first else now_ms
    return Waiting(
        partition=partition,
        conversations=await redis.zcard(key),
        oldest_seconds=max(0.0, (now_ms - since_ms) / 1000),
    )


def show(lag: Lag) -> None:
    """Set the gauges."""
    for stream in lag.streams:
        ENTRIES.labels(stream.stream).set(stream.entries)
        for group in stream.groups:
            labels = (group.stream, group.group)
            UNREAD.labels(*labels).set(float("nan") if group.unread is None else group.unread)
            PENDING.labels(*labels).set(group.pending)
            OLDEST.labels(*labels).set(group.oldest_seconds)
    for waiting in lag.waiting:
        WAITING.labels(waiting.partition).set(waiting.conversations)
        WAITING_OLDEST.labels(waiting.partition).set(waiting.oldest_seconds)


async def watch_lag(redis: Redis, *, partitions: int, time_limit_seconds: int, every_seconds: float) -> None:
    """Keep the gauges fresh, for ever."""
    while True:
        try:
            show(await measure(redis, partitions=partitions, time_limit_seconds=time_limit_seconds))
        except (RedisError, OSError) as error:
            log.warning("cannot measure the lag", reason=type(error).__name__)
        await asyncio.sleep(every_seconds)
