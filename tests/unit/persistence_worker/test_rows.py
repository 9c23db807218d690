import json

import pytest

from services.persistence_worker.rows import event_columns, payload_json
from services.shared.delivery import Delivery
from services.shared.entries import Entry
from services.shared.events import EVENT_TYPES, MessageReceived, ToolRequested, dump_event, parse_event
from tests.builders import a_delivery, an_event


def delivery_of(payload: str) -> Delivery:
    at = Entry(stream="tool.requests.{0}", group="persistence", entry_id="1-0")
    return Delivery(event=parse_event(payload), entry=at, deliveries=1, payload=payload)


def with_arguments(arguments: str) -> Delivery:
    """A ToolRequested whose arguments stand on the stream as this text."""
    payload = dump_event(an_event(ToolRequested, arguments={"here": 0}))
    return delivery_of(payload.replace('{"here":0}', arguments))


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_payload_is_what_stood_on_the_stream(kind: type) -> None:
    delivery = a_delivery(an_event(kind))
    assert json.loads(payload_json(delivery)) == json.loads(delivery.payload)


def test_fields_of_a_newer_writer_are_kept() -> None:
    payload = json.loads(dump_event(an_event(MessageReceived)))
    stored = json.loads(payload_json(delivery_of(json.dumps({**payload, "language": "fr"}))))
    assert stored["language"] == "fr"


def test_defaults_are_filled_in_when_a_writer_left_them_out() -> None:
    payload = json.loads(dump_event(an_event(ToolRequested)))
    del payload["version"]
    assert json.loads(payload_json(delivery_of(json.dumps(payload))))["version"] == 1


@pytest.mark.parametrize(
    ("arguments", "stored"),
    [
        (r'{"a":"x\u0000y"}', {"a": "x\ufffdy"}),
        (r'{"a\u0000":"\\u0000"}', {"a\ufffd": "\\u0000"}),
        (r'{"a":"\\\u0000"}', {"a": "\\\ufffd"}),
        ('{"a":NaN,"b":[Infinity,-Infinity]}', {"a": None, "b": [None, None]}),
        ('{"a":123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        ('{"a":1e400000}', {"a": None}),
        ('{"a":"\u202e\U0001f468\u200d\U0001f467"}', {"a": "\u202e\U0001f468\u200d\U0001f467"}),
    ],
)
def test_what_postgres_cannot_hold_is_replaced(arguments: str, stored: dict[str, object]) -> None:
    document = payload_json(with_arguments(arguments))
    assert json.loads(document)["arguments"] == stored


def test_text_columns_hold_no_nul() -> None:
    columns = event_columns([a_delivery(an_event(MessageReceived, conversation_id="a\0b", customer_id=None))])
    assert columns["conversation_ids"] == ["a\ufffdb"]
    assert columns["customer_ids"] == [None]
