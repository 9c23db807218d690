"""Trimming streams: by age, never past what a registered group has yet to process."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from services.shared.streams import stream_keys

EntryId = tuple[int, int]


class StreamTrimmer:
    """Trims the streams of the table to their retention time.

    A group of the table holds back every entry that it has not acknowledged; where one is missing nothing is
    trimmed, for it will be created anew at the beginning. Groups of outside readers hold nothing back: a reader
    that is gone for good must not fill the memory.
    """

    def __init__(self, redis: Redis, *, partitions: int) -> None:
        self._redis = redis
        self._partitions = partitions

    async def trim(self) -> int:
        """Trim each stream once; returns how many entries went."""
        return sum(
            [
                await self._trim(key, stream.retention, stream.groups)
                for stream, key in stream_keys(self._partitions)
            ]
        )

    async def _trim(self, key: str, retention: timedelta, groups: Sequence[str]) -> int:
        if not await self._redis.exists(key):
            return 0
        # By the server's clock, which makes the entries' ids.
        seconds, _ = await self._redis.time()
        expired = ((seconds - int(retention.total_seconds())) * 1000, 0)
        needed = [await self._needed(key, group) for group in groups]
        milliseconds, sequence = min(expired, *needed)
        return await self._redis.xtrim(key, minid=f"{milliseconds}-{sequence}", approximate=False)

    async def _needed(self, key: str, group: str) -> EntryId:
        """The oldest entry id that the group may still ask for."""
        found: list[dict[str, Any]] = await self._redis.xinfo_groups(key)
        known = {item["name"].decode(): item for item in found}
        if group not in known:
            return (0, 0)
        # Asked after the last delivered id: what is delivered in between is found here.
        pending = await self._redis.xpending(key, group)
        if pending["min"]:
            return _entry_id(pending["min"])
        milliseconds, sequence = _entry_id(known[group]["last-delivered-id"])
        return (milliseconds, sequence + 1)


def _entry_id(text: bytes) -> EntryId:
    milliseconds, _, sequence = text.partition(b"-")
    return int(milliseconds), int(sequence)
