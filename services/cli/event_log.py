"""The streams as one log: every entry of all of them, in the order of their ids, read outside any group."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from services.shared.delivery import PAYLOAD_FIELD

_PAGE = 500
_BLOCK_MS = 500


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    stream: str
    entry_id: str
    payload: str

    @property
    def place(self) -> tuple[int, int]:
        milliseconds, _, number = self.entry_id.partition("-")
        return int(milliseconds), int(number)


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
        while True:
            answer: Any = self._redis.xread(positions, count=_PAGE, block=_BLOCK_MS)
            entries = [entry for key, raw in answer for entry in _entries(key.decode(), raw)]
            for entry in sorted(entries, key=lambda entry: entry.place):
                positions[entry.stream] = entry.entry_id
                yield entry

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
