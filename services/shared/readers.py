"""What happens to the entries of one stream and group once they are in this process."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from prometheus_client import Counter

from services.shared.dead_letters import DeadLetters
from services.shared.delivery import RawEntry

HANDLED = Counter("supportbot_handled_total", "Entries by how their delivery ended", ["stream", "outcome"])


@dataclass(kw_only=True)
class Reader(ABC):
    """One stream key read by one group. `in_flight` are the entries that this process is working on."""

    stream: str
    group: str
    dead_letters: DeadLetters
    in_flight: set[str] = field(default_factory=set)
    closing: bool = False

    @property
    @abstractmethod
    def max_records(self) -> int: ...

    def _admitted(self, entries: Sequence[RawEntry]) -> list[RawEntry]:
        """The entries that this process does not have yet, now in flight; none while it is closing."""
        if self.closing:
            return []
        new = [entry for entry in entries if entry.at.entry_id not in self.in_flight]
        self.in_flight.update(entry.at.entry_id for entry in new)
        return new

    @abstractmethod
    async def take(self, entries: Sequence[RawEntry]) -> None:
        """Accept entries; returns when there is room for more."""

    @abstractmethod
    async def take_alone(self, entry: RawEntry) -> None:
        """Process one entry to its end."""

    @abstractmethod
    async def close(self, grace: float) -> None:
        """Accept nothing more and let what runs finish within `grace` seconds."""
