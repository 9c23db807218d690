"""Client frames: what clients send today is taken tomorrow, and nothing else is."""

import json
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from services.shared.frames import ClientFrame, client_frames
from tests.contracts.schemas import SAMPLES

SAMPLE_FILES = sorted((SAMPLES / "frames").glob("*.json"))


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.stem)
def test_every_sample_ever_released_parses_and_comes_back_the_same(path: Path) -> None:
    frame = client_frames.validate_json(path.read_bytes())
    assert frame.type == path.name.partition(".")[0]
    assert frame.model_dump(exclude_none=True) == json.loads(path.read_bytes())


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.stem)
def test_a_frame_is_refused_when_it_has_an_unknown_field(path: Path) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        client_frames.validate_python({**json.loads(path.read_bytes()), "added": 1})


def test_every_client_frame_has_a_sample() -> None:
    sampled = {type(client_frames.validate_json(path.read_bytes())) for path in SAMPLE_FILES}
    assert sampled == set(get_args(ClientFrame))
