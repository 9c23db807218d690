from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from services.shared.frames import ErrorFrame, client_frames, custom, envelope, event_json

SAMPLES = Path("tests/contracts/samples/frames")


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_of_a_client_frame_is_read_and_refused_with_a_field_too_many(sample: Path) -> None:
    frame = orjson.loads(sample.read_bytes())

    assert client_frames.validate_python(frame).type == frame["type"]
    with pytest.raises(ValidationError, match="extra_forbidden"):
        client_frames.validate_python({**frame, "customer_id": "C-1"})


@pytest.mark.parametrize("cursor", ["0-0", "12-3", None])
def test_an_envelope_is_json_with_the_event_as_it_stands(cursor: str | None) -> None:
    event = event_json(custom("status", {"text": 'a "quoted" ✓'}))

    assert orjson.loads(envelope('c"1', cursor, event)) == {
        "cursor": cursor,
        "conversation_id": 'c"1',
        "event": {"type": "CUSTOM", "name": "status", "value": {"text": 'a "quoted" ✓'}},
    }


def test_an_error_says_whether_it_ends_the_connection() -> None:
    assert orjson.loads(ErrorFrame(code="busy", message="later", ref="m1").model_dump_json()) == {
        "type": "error",
        "code": "busy",
        "message": "later",
        "ref": "m1",
        "retry_after_ms": None,
        "fatal": False,
    }
