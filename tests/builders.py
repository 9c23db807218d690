"""Events for tests: the golden samples, with what matters to the test put in."""

import functools
from pathlib import Path
from typing import Any, TypeVar

import orjson

from services.shared.delivery import Delivery
from services.shared.entries import Entry
from services.shared.events import Envelope, dump_event, new_id, parse_event
from services.shared.streams import stream_of

SAMPLES = Path(__file__).parent / "contracts" / "samples"

AnEvent = TypeVar("AnEvent", bound=Envelope)


def an_event(kind: type[AnEvent], **fields: Any) -> AnEvent:
    """The sample of this class with an event id of its own and the given fields."""
    return kind.model_validate({**_sample(kind.__name__), "event_id": new_id(), **fields})


def a_delivery(event: Envelope, *, entry_id: str = "1-0", group: str = "persistence") -> Delivery:
    """The event as a handler gets it."""
    payload = dump_event(event)
    return Delivery(
        event=parse_event(payload),
        entry=Entry(stream=stream_of(event).key(0), group=group, entry_id=entry_id),
        deliveries=1,
        payload=payload,
    )


@functools.cache
def _sample(name: str) -> dict[str, Any]:
    fields: dict[str, Any] = orjson.loads((SAMPLES / f"{name}.v1.json").read_bytes())
    return fields
