"""The entries of a stream."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Where a stream entry stands: the physical stream, the group that reads it, its id."""

    stream: str
    group: str
    entry_id: str
