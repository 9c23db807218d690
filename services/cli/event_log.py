"""The streams as one log: every entry of all of them, in the order of their ids, read outside any group."""

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from redis import Redis
from redis.cluster import RedisCluster

from services.shared.delivery import PAYLOAD_FIELD
from services.shared.streams import partition_of_key

_PAGE = 500
_BLOCK_MS = 500
_OCCURRED_AT = re.compile(r'"occurred_at":"([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    stream: str
    entry_id: str
    payload: str

    @property
    def written_at(self) -> datetime:
        """When Redis took it in."""
        return datetime.fromtimestamp(int(self.entry_id.partition("-")[0]) / 1000).astimezone()

    @property
    def place(self) -> tuple[datetime, str]:
        """Streams do not count together: what was written in the same millisecond is told apart by its own time."""
        found = _OCCURRED_AT.search(self.payload)
        return self.written_at, found[1] if found else ""


class EventLog:
    def __init__(self, redis: Redis, keys: Sequence[str]) -> None:
        self._redis = redis
        self._keys = keys

    def ends(self) -> dict[str, str]:
        """The id of each stream's last entry."""
        last = ((key, next(self._backwards(key, "+"), None)) for key in self._keys)
        return {key: entry.entry_id if entry else "0-0" for key, entry in last}

    def backwards(self, ends: Mapping[str, str]) -> Iterator[LogEntry]:
        """Entries up to and with `ends`, the newest first."""
        streams = (self._backwards(key, end) for key, end in ends.items())
        return heapq.merge(*streams, key=lambda entry: entry.place, reverse=True)

    def follow(self, ends: Mapping[str, str]) -> Iterator[LogEntry]:
        """Entries after `ends` as they are written, for ever."""
        positions: dict[Any, Any] = dict(ends)
        reads = self._keys_read_together()
        while True:
            answer = [
                page
                for keys in reads
                for page in self._after({key: positions[key] for key in keys}, _BLOCK_MS // len(reads))
            ]
            pages = (_entries(key.decode(), raw) for key, raw in answer)
            for entry in heapq.merge(*pages, key=lambda entry: entry.place):
                positions[entry.stream] = entry.entry_id
                yield entry

    def _keys_read_together(self) -> list[list[str]]:
        """All of them; in a cluster those of one partition, which are on one node."""
        if not isinstance(self._redis, RedisCluster):
            return [list(self._keys)]
        by_partition = sorted(self._keys, key=partition_of_key)
        return [list(keys) for _, keys in groupby(by_partition, key=partition_of_key)]

    def _after(self, positions: dict[Any, Any], block_ms: int) -> Any:
        return self._redis.xread(positions, count=_PAGE, block=block_ms)

    def _backwards(self, key: str, end: str) -> Iterator[LogEntry]:
        while page := _entries(key, self._redis.xrevrange(key, max=end, count=_PAGE)):
            yield from page
            end = f"({page[-1].entry_id}"


def _entries(key: str, raw: Any) -> list[LogEntry]:
    return [
        LogEntry(
            stream=key,
            entry_id=entry_id.decode(),
            payload=fields.get(PAYLOAD_FIELD, b"").decode(errors="replace"),
        )
        for entry_id, fields in raw
    ]
