"""A model's routing decision, read from what it wrote."""

import contextlib
import json
import math
import re
from itertools import islice
from typing import Any, get_args

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.failures import bad_answer
from services.router_worker.language_models.protocol import Action, IntentDecision, RouteRequest
from services.router_worker.slots import expected_slots, find_slots, given_value

_ACTIONS: dict[str, Action] = {action: action for action in get_args(Action)}
_UNKNOWN_CONFIDENCE = 0.5
_MOST_BRACES = 20


def read_decision(content: str, request: RouteRequest, catalogue: IntentCatalogue) -> IntentDecision:
    """The decision in a model's answer. Raises CallError when it names no intent of the catalogue.

    Whatever else is missing or malformed has a plain meaning instead. A slot value counts only when it has the
    slot's form and stands in the customer's own words; what the model has overlooked there is added.
    """
    fields = _object_in(content)
    intent = _name(fields.get("intent"))
    if intent not in catalogue:
        raise bad_answer("unknown_intent")
    action: Action = catalogue.get(intent).action
    if action != "handoff":
        action = _ACTIONS.get(_name(fields.get("action")), action)
    return IntentDecision(
        intent=intent,
        confidence=_confidence(fields.get("confidence")),
        slots=_slots(fields.get("slots"), request, catalogue),
        action=action,
    )


def _object_in(content: str) -> dict[str, Any]:
    """The first object; servers without structured output put prose or a code fence around it."""
    for brace in islice(re.finditer(r"\{", content), _MOST_BRACES):
        with contextlib.suppress(ValueError, RecursionError):
            fields: dict[str, Any] = json.JSONDecoder().raw_decode(content, brace.start())[0]
            return fields
    raise bad_answer("bad_decision")


def _name(written: object) -> str:
    """`Order Status` means order_status."""
    return re.sub(r"[\s-]+", "_", written.strip().lower()) if isinstance(written, str) else ""


def _confidence(written: object) -> float:
    try:
        confidence = float(written)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return _UNKNOWN_CONFIDENCE
    return min(max(confidence, 0.0), 1.0) if math.isfinite(confidence) else _UNKNOWN_CONFIDENCE


def _slots(written: object, request: RouteRequest, catalogue: IntentCatalogue) -> dict[str, str]:
    text = "\n".join(request.texts)
    slots = find_slots(
        catalogue.slots.values(), text, asked=expected_slots(request, catalogue.slots.values())
    )
    for name, value in (written if isinstance(written, dict) else {}).items():
        if name in catalogue.slots and isinstance(value, str | int):
            accepted = given_value(catalogue.slots[name], str(value), text)
            slots |= {name: accepted} if accepted else {}
    return slots
