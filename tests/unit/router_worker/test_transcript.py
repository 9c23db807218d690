import orjson

from services.router_worker.transcript import activity, bot_message, customer_messages, history
from services.shared.grants import AcceptedMessage

MESSAGE = AcceptedMessage(message_id="m1", client_id="c1", text="hi ✓", at_ms=5, event_id="e1", trace=None)


def test_a_message_is_shown_as_answered_with_what_its_sender_knows_it_by() -> None:
    [message] = map(orjson.loads, customer_messages([MESSAGE]))

    assert message == {
        "id": "m1",
        "role": "user",
        "content": "hi ✓",
        "metadata": {"client_id": "c1", "at": 5, "answered": True},
    }


def test_history_is_what_was_said_without_cards() -> None:
    card = activity("x", "order", {"order": {}})
    transcript = [*customer_messages([MESSAGE]), card, bot_message("r1", "hello", intent="greeting")]

    assert [(said.role, said.text) for said in history(transcript)] == [
        ("user", "hi ✓"),
        ("assistant", "hello"),
    ]
