from typing import Any, cast

import orjson
import pytest

from services.gateway.connections import Connection
from services.gateway.text_view import TextView
from services.shared.frames import ErrorFrame


class Sent(list[str]):
    """A connection's queue."""

    def send(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def view(sent: Sent) -> TextView:
    return TextView(cast("Connection", sent))


def show(view: TextView, *events: dict[str, Any]) -> None:
    for event in events:
        view.frame("c", "1-1", orjson.dumps(event).decode())


STARTED = {"type": "RUN_STARTED"}
FINISHED = {"type": "RUN_FINISHED"}


def begun(message_id: str = "r") -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_START", "messageId": message_id}


def piece(delta: str, message_id: str = "r") -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": delta}


def test_an_answer_is_sent_when_its_run_has_ended(view: TextView, sent: Sent) -> None:
    show(view, STARTED, begun(), piece("Hello "), piece("there"))
    assert sent == []

    show(view, FINISHED)
    assert sent == ["Hello there"]


def test_a_message_begun_anew_replaces_what_was_written(view: TextView, sent: Sent) -> None:
    show(view, STARTED, begun(), piece("half"), begun(), piece("whole"), FINISHED)

    assert sent == ["whole"]


def test_nothing_of_the_last_answer_is_in_the_next_even_if_its_run_was_never_begun(
    view: TextView, sent: Sent
) -> None:
    show(view, STARTED, begun("r1"), piece("first", "r1"), FINISHED)
    show(view, begun("r2"), piece("sorry", "r2"), {"type": "RUN_ERROR"})

    assert sent == ["first", "sorry"]


def test_sources_follow_the_answer(view: TextView, sent: Sent) -> None:
    citations = [{"number": 2, "title": "Returns"}]
    card = {"type": "ACTIVITY_SNAPSHOT", "activityType": "citations", "content": {"citations": citations}}
    order = {"type": "ACTIVITY_SNAPSHOT", "activityType": "order", "content": {"order": {}}}
    show(view, STARTED, begun(), piece("Yes [2]."), order, card, FINISHED)

    assert sent == ["Yes [2].\n\nSources: [2] Returns"]


def test_an_error_is_one_line_with_its_code(view: TextView, sent: Sent) -> None:
    view.error(ErrorFrame(code="busy", message="too much"))

    assert sent == ["error: busy: too much"]
