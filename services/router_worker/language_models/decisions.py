"""A model's routing decision, read from what it wrote."""

import json
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.failures import bad_answer
from services.router_worker.language_models.protocol import IntentDecision, RouteRequest
from services.router_worker.slots import expected_slots, find_slots, given_value


class _Written(BaseModel):
    intent: str
    confidence: float = 0.5
    slots: dict[str, str | int | None] = Field(default_factory=dict)
    wants_person: bool = False


def read_decision(content: str, request: RouteRequest, catalogue: IntentCatalogue) -> IntentDecision:
    """The decision in a model's answer. Raises CallError when there is none.

    A slot value counts only when it has the slot's form and stands in the customer's own words; what the model
    has overlooked there is added.
    """
    written = _parse(content)
    if written.intent not in catalogue:
        raise bad_answer("unknown_intent")
    text = "\n".join(request.texts)
    slots = find_slots(catalogue.slots.values(), text, asked=expected_slots(request))
    for name, value in written.slots.items():
        if name in catalogue.slots and value is not None:
            accepted = given_value(catalogue.slots[name], str(value), text)
            slots |= {name: accepted} if accepted else {}
    return IntentDecision(
        intent=written.intent,
        confidence=min(max(written.confidence, 0.0), 1.0),
        slots=slots,
        wants_person=written.wants_person or catalogue.get(written.intent).action == "handoff",
    )


def _parse(content: str) -> _Written:
    """Servers without structured output put prose or a code fence around the object."""
    try:
        start = content.index("{")
        fields: Any
        fields, _ = json.JSONDecoder().raw_decode(content, start)
        return _Written.model_validate(fields)
    except (ValueError, ValidationError, RecursionError):
        raise bad_answer("bad_decision") from None
