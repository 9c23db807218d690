"""From a delivery to a row of `events`: whatever parses as an event can be stored."""

import re
from collections.abc import Sequence
from typing import Any

import pydantic_core

from services.shared.delivery import Delivery

# A NUL character, which Postgres cannot hold, as JSON spells it: an odd number of backslashes before `u0000`.
_NUL_IN_JSON = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
REPLACEMENT = "\ufffd"


def event_columns(deliveries: Sequence[Delivery]) -> dict[str, list[Any]]:
    """The columns of the rows, each a list in the order of `deliveries`."""
    events = [delivery.event for delivery in deliveries]
    return {
        "event_ids": [event.event_id for event in events],
        "types": [event.type for event in events],
        "versions": [event.version for event in events],
        "conversation_ids": [_text(event.conversation_id) for event in events],
        "turn_ids": [_text(event.turn_id) for event in events],
        "occurred_ats": [event.occurred_at for event in events],
        "causation_ids": [event.causation_id for event in events],
        "traces": [_text(event.trace) for event in events],
        "customer_ids": [_text(event.customer_id) for event in events],
        "streams": [delivery.stream for delivery in deliveries],
        "entry_ids": [delivery.entry_id for delivery in deliveries],
        "payloads": [payload_json(delivery) for delivery in deliveries],
    }


def payload_json(delivery: Delivery) -> str:
    """The event as JSON that Postgres takes.

    Fields that a newer writer has added are kept; those we know have their parsed values, defaults included.
    What JSON knows and Postgres does not is replaced: NUL by U+FFFD, NaN and infinities by null.
    """
    as_written = pydantic_core.from_json(delivery.payload)
    known = delivery.event.model_dump(exclude_none=True)
    document = pydantic_core.to_json({**as_written, **known}, inf_nan_mode="null").decode()
    if "\\u0000" not in document:
        return document
    return _NUL_IN_JSON.sub(rf"\1{REPLACEMENT}", document)


def _text(value: str | None) -> str | None:
    return value.replace("\0", REPLACEMENT) if value else value
