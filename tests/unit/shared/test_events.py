import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.shared.events import MessageReceived, ToolCompleted, dump_event, new_id, parse_event
from tests.builders import an_event


def test_ids_are_uuid7_and_ordered_by_the_time_of_their_making() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {made.version for made in ids} == {7}
    assert ids == sorted(set(ids))
    milliseconds = UUID(str(ids[0])).int >> 80
    assert abs(milliseconds / 1000 - datetime.now(UTC).timestamp()) < 60


def test_a_payload_is_one_line_that_begins_with_its_type_and_leaves_out_what_is_absent() -> None:
    text = dump_event(an_event(MessageReceived, text="a\nb\u2028c", turn_id=None, trace=None))
    assert text.startswith('{"type":"MessageReceived",')
    assert "\n" not in text
    assert {"turn_id", "trace", "causation_id"}.isdisjoint(json.loads(text))


def test_text_of_any_script_comes_back_the_same() -> None:
    for text in ("Où ? 📦", "سلام\u200cها", "\u0000\u202e", "𝕏 \U0010ffff", '"\\\\ {}'):
        event = an_event(MessageReceived, text=text)
        assert parse_event(dump_event(event)) == event


def test_an_event_cannot_be_changed() -> None:
    event = an_event(MessageReceived)
    with pytest.raises(ValidationError, match="frozen"):
        event.text = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "FromTheFuture"},
        {"version": 2},
        {"event_id": "not-a-uuid"},
        {"occurred_at": "2026-11-22T09:30:00"},
        {"text": None},
        {"text": 1},
    ],
    ids=str,
)
def test_a_payload_is_refused_when_it_breaks_the_contract(change: dict[str, object]) -> None:
    payload = json.loads(dump_event(an_event(MessageReceived)))
    with pytest.raises(ValidationError):
        parse_event({**payload, **change})


@pytest.mark.parametrize("payload", ["", "null", "[]", "{}", '{"type":1}', "{" * 100_000, '{"a":' * 100_000])
def test_anything_else_is_refused(payload: str) -> None:
    with pytest.raises(ValidationError):
        parse_event(payload)


def test_the_time_is_the_same_moment_in_whatever_zone_it_was_written() -> None:
    zone = timezone(timedelta(hours=3, minutes=30))
    event = an_event(ToolCompleted, occurred_at=datetime(2026, 11, 22, 13, 0, tzinfo=zone))
    assert parse_event(dump_event(event)).occurred_at == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
