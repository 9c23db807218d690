"""Where an entry goes that no delivery could process: kept whole, with the reason, for a person to look at."""

from dataclasses import dataclass, replace

import structlog
from prometheus_client import Counter
from pydantic import ValidationError

from services.shared.delivery import Delivery, Handler, RawEntry
from services.shared.errors import PermanentError
from services.shared.events import DeadLettered, parse_event
from services.shared.letter_steps import bury
from services.shared.steps import Steps

log = structlog.get_logger()
LONGEST_REASON = 500
BURIED = Counter("supportbot_dead_letters_total", "Entries moved to the dead letters", ["stream", "group"])


def parse(raw: RawEntry) -> Delivery:
    """The delivery of a raw entry. Raises PermanentError for an entry that is none of our events."""
    try:
        event = parse_event(raw.payload)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in problem["loc"]) or "entry"
        raise PermanentError(f"not an event: {place}: {problem['msg']}") from None
    return Delivery(event=event, entry=raw.at, deliveries=raw.deliveries, payload=raw.payload)


@dataclass(frozen=True, kw_only=True)
class DeadLetters:
    """Buries entries, then tells whoever owes the customer a word."""

    steps: Steps
    max_deliveries: int = 5

    def exhausted(self, raw: RawEntry) -> bool:
        """Whether it was delivered as often as it may be, and this delivery is one too many."""
        return raw.deliveries > self.max_deliveries

    def is_last(self, raw: RawEntry) -> bool:
        """Whether it will not be delivered again when this delivery fails."""
        return raw.deliveries >= self.max_deliveries

    async def bury_failed(self, raw: RawEntry, error: Exception, tell: Handler | None = None) -> None:
        """Bury an entry whose last delivery has failed."""
        reason = f"not processed in {raw.deliveries} deliveries: {type(error).__name__}: {error}"
        await self.bury(raw, reason[:LONGEST_REASON], tell)

    async def bury_exhausted(self, raw: RawEntry, tell: Handler | None = None) -> None:
        """Bury an entry whose deliveries have all ended with their process."""
        tried = replace(raw, deliveries=raw.deliveries - 1)
        await self.bury(tried, f"not processed in {tried.deliveries} deliveries", tell)

    async def bury(self, raw: RawEntry, reason: str, tell: Handler | None = None) -> None:
        """Move the entry to the dead letters, atomically, then call `tell` when the entry is an event of ours."""
        try:
            delivery = parse(raw)
        except PermanentError:
            delivery = None
        letter = DeadLettered(
            conversation_id=delivery.event.conversation_id if delivery else "unknown",
            turn_id=delivery.event.turn_id if delivery else None,
            causation_id=delivery.event.event_id if delivery else None,
            stream=raw.at.stream,
            group=raw.at.group,
            entry_id=raw.at.entry_id,
            deliveries=raw.deliveries,
            reason=reason,
            entry=raw.payload,
        )
        if await bury(self.steps, raw.at, letter):
            BURIED.labels(raw.at.stream, raw.at.group).inc()
            log.error("dead letter", stream=raw.at.stream, entry_id=raw.at.entry_id, reason=reason)
        if delivery and tell:
            await tell(delivery)
