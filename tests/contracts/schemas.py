"""The JSON schemas of the contracts: as the code has them, and where the released ones are."""

import json
from pathlib import Path
from typing import Any

from services.shared.events import EVENT_TYPES
from services.shared.frames import ErrorFrame, client_frames

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
SAMPLES = HERE / "samples"


def current_schemas() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    events = {f"{event.__name__}.v1.json": event.model_json_schema() for event in EVENT_TYPES}
    frames = {
        "client_frames.json": client_frames.json_schema(),
        "error_frame.json": ErrorFrame.model_json_schema(),
    }
    return events | frames


def as_text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
