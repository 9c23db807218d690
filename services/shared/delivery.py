"""A stream entry on its way to a handler."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.shared.entries import Entry
from services.shared.events import AnyEvent

PAYLOAD_FIELD = b"__data__"


@dataclass(frozen=True, kw_only=True)
class RawEntry:
    """An entry as read, not yet known to be one of ours. `deliveries` counts this one too."""

    at: Entry
    fields: Mapping[bytes, bytes]
    deliveries: int

    @property
    def payload(self) -> str:
        """The entry's JSON; for an entry of another shape, its fields as text."""
        data = self.fields.get(PAYLOAD_FIELD)
        return (data if data is not None else repr(dict(self.fields)).encode()).decode(errors="replace")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event with the entry it came in."""

    event: AnyEvent
    entry: Entry
    deliveries: int
    payload: str

    @property
    def stream(self) -> str:
        return self.entry.stream

    @property
    def group(self) -> str:
        return self.entry.group

    @property
    def entry_id(self) -> str:
        return self.entry.entry_id


Handler = Callable[[Delivery], Awaitable[None]]
"""Handles one delivery and acknowledges it by its own step.

Raising TransientError or anything unforeseen leaves the entry to be delivered again; PermanentError makes it a
dead letter.
"""
