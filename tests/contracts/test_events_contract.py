"""Events: what was released still parses, and what is released does not change unnoticed."""

import json
from pathlib import Path

import pytest

from services.shared.events import EVENT_TYPES, dump_event, parse_event
from services.shared.streams import STREAMS, stream_of
from tests.contracts.schemas import SAMPLES, SCHEMAS, as_text, current_schemas

SAMPLE_FILES = sorted(SAMPLES.glob("*.json"))


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_every_sample_ever_released_parses_and_comes_back_the_same(path: Path) -> None:
    event = parse_event(path.read_bytes())
    assert path.name.startswith(f"{event.type}.v{event.version}.")
    assert json.loads(dump_event(event)) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_an_event_parses_when_a_newer_writer_added_a_field(path: Path) -> None:
    payload = json.loads(path.read_bytes())
    assert parse_event({**payload, "added_later": {"deep": [1]}}) == parse_event(payload)


def test_every_event_class_has_a_sample() -> None:
    assert {type(parse_event(path.read_bytes())) for path in SAMPLE_FILES} == set(EVENT_TYPES)


def test_every_event_class_is_on_exactly_one_stream() -> None:
    on_streams = [event for stream in STREAMS for event in stream.events]
    assert sorted(on_streams, key=str) == sorted(EVENT_TYPES, key=str)
    for path in SAMPLE_FILES:
        event = parse_event(path.read_bytes())
        assert type(event) in stream_of(event).events


def test_every_type_field_is_the_name_of_its_class() -> None:
    assert [event.model_fields["type"].default for event in EVENT_TYPES] == [
        event.__name__ for event in EVENT_TYPES
    ]


@pytest.mark.parametrize("name", current_schemas())
def test_no_schema_differs_from_the_released_one(name: str) -> None:
    """If the change is meant: `python -m tests.contracts.write_schemas`, then `make docs`."""
    assert as_text(current_schemas()[name]) == (SCHEMAS / name).read_text(encoding="utf-8")


def test_no_released_schema_is_without_its_class() -> None:
    assert {path.name for path in SCHEMAS.glob("*.json")} == set(current_schemas())
