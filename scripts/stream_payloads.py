"""What documents about the events are made of: the schema of a payload as it stands on a stream, and a sample."""

import json
from pathlib import Path
from typing import Any

from services.shared.events import Envelope, dump_event, parse_event

SAMPLES = Path(__file__).parents[1] / "tests" / "contracts" / "samples"


def payload_schema(event: type[Envelope], ref_template: str = "#/$defs/{model}") -> dict[str, Any]:
    """The JSON schema of the class as payloads have it: what has a value is there, what has none is left out."""
    schema = event.model_json_schema(ref_template=ref_template)
    schema["required"] = [name for name, field in event.model_fields.items() if field.default is not None]
    return schema


def sample(event: type[Envelope]) -> dict[str, Any]:
    """The golden sample of the class, in the order in which payloads have their fields."""
    text = (SAMPLES / f"{event.__name__}.v1.json").read_text(encoding="utf-8")
    payload: dict[str, Any] = json.loads(dump_event(parse_event(text)))
    return payload
