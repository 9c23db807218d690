"""What the persistence worker does with a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from prometheus_client import Counter

from services.shared.delivery import Delivery
from services.shared.errors import PermanentError

log = structlog.get_logger()
RECORDED = Counter("supportbot_events_recorded_total", "Events new to the database")


class EventStore(Protocol):
    async def record(self, deliveries: Sequence[Delivery]) -> int:
        """Store the events that are not there yet; how many there were."""


@dataclass(frozen=True, kw_only=True)
class PersistenceHandlers:
    events: EventStore

    async def on_events(self, deliveries: Sequence[Delivery]) -> None:
        RECORDED.inc(await self.events.record(deliveries))

    async def on_dead_letters(self, deliveries: Sequence[Delivery]) -> None:
        """Like other events, but one that cannot be stored stays on its stream alone.

        As a dead letter's dead letter it could not be stored either, and so on for ever.
        """
        try:
            await self.on_events(deliveries)
        except PermanentError:
            if len(deliveries) > 1:
                raise
            log.exception(
                "dead letter not stored",
                entry_id=deliveries[0].entry_id,
            )
