"""From our frames to a run that AG-UI's verifier accepts."""

from typing import Any

import pytest

from services.gateway.agui_run import AguiRun

STARTED = {"type": "RUN_STARTED", "threadId": "c1", "runId": "turn"}
BEGIN = {"type": "TEXT_MESSAGE_START", "messageId": "r1", "role": "assistant"}
HALF = {"type": "TEXT_MESSAGE_CONTENT", "messageId": "r1", "delta": "Hel"}
WHOLE = {"type": "TEXT_MESSAGE_CONTENT", "messageId": "r1", "delta": "Hello"}
END = {"type": "TEXT_MESSAGE_END", "messageId": "r1"}
CALL = {"type": "TOOL_CALL_START", "toolCallId": "k1", "toolCallName": "get_order"}
CALL_END = {"type": "TOOL_CALL_END", "toolCallId": "k1"}
HISTORY = [{"id": "m1", "role": "user", "content": "hi"}]
TAKEN_BACK = {"type": "MESSAGES_SNAPSHOT", "messages": HISTORY}


def finished(*answered: str) -> dict[str, Any]:
    return {
        "type": "RUN_FINISHED",
        "threadId": "c1",
        "runId": "turn",
        "result": {"in_reply_to": list(answered)},
    }


@pytest.fixture
def run() -> AguiRun:
    return AguiRun(thread_id="t", run_id="r", messages=HISTORY, message_id="m1")


def told(run: AguiRun, *frames: dict[str, Any]) -> list[dict[str, Any]]:
    return [event for frame in frames for event in run.take(frame)]


def test_a_run_is_told_under_the_client_s_own_ids(run: AguiRun) -> None:
    assert told(run, STARTED, BEGIN, WHOLE, END) == [BEGIN, WHOLE, END]
    assert told(run, finished("m1")) == [finished("m1") | {"threadId": "t", "runId": "r"}]
    assert run.ended


def test_what_was_begun_is_closed_and_taken_back_when_a_run_begins_again(run: AguiRun) -> None:
    assert told(run, STARTED, BEGIN, HALF, STARTED, BEGIN, WHOLE, END) == [
        *(BEGIN, HALF),
        *(END, TAKEN_BACK),
        *(BEGIN, WHOLE, END),
    ]


def test_a_message_that_begins_again_is_taken_back_when_it_was_complete_too(run: AguiRun) -> None:
    assert told(run, BEGIN, HALF, END, BEGIN, WHOLE) == [BEGIN, HALF, END, TAKEN_BACK, BEGIN, WHOLE]


def test_a_tool_call_is_closed_when_its_turn_is_taken_over(run: AguiRun) -> None:
    assert told(run, STARTED, CALL, STARTED) == [CALL, CALL_END, TAKEN_BACK]


def test_what_is_open_is_closed_before_the_run_ends(run: AguiRun) -> None:
    assert [event["type"] for event in told(run, BEGIN, HALF, finished("m1"))][-2:] == [
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]


def test_the_end_of_another_message_s_run_is_not_this_one_s(run: AguiRun) -> None:
    assert told(run, STARTED, finished("m0")) == []
    assert not run.ended


def test_an_apology_ends_the_run_as_an_error(run: AguiRun) -> None:
    error = {"type": "RUN_ERROR", "message": "Sorry", "metadata": {"in_reply_to": ["m1"]}}
    assert told(run, error) == [error]
    assert run.ended


def test_only_status_and_handover_are_told_of_our_own_events(run: AguiRun) -> None:
    names = ("status", "handoff", "message.accepted", "feedback.recorded")
    events = [{"type": "CUSTOM", "name": name, "value": {}} for name in names]
    assert told(run, *events) == events[:2]


def test_an_answer_that_is_there_already_is_told_from_the_snapshot_with_its_cards(run: AguiRun) -> None:
    def card(name: str) -> dict[str, Any]:
        return {"id": name, "role": "activity", "activityType": "order", "content": {}}

    reply = {"id": "r1", "role": "assistant", "content": "Hello", "metadata": {"in_reply_to": ["m1"]}}
    messages = [card("earlier"), {"id": "m1", "role": "user"}, card("before"), reply, card("after")]
    events = told(run, {"type": "MESSAGES_SNAPSHOT", "messages": messages})
    assert [event.get("messageId", event["type"]) for event in events] == [
        *("before", "r1", "r1", "r1", "after"),
        "RUN_FINISHED",
    ]
    assert run.ended


def test_a_snapshot_without_the_answer_says_nothing(run: AguiRun) -> None:
    assert told(run, {"type": "MESSAGES_SNAPSHOT", "messages": HISTORY}) == []


@pytest.mark.parametrize(
    ("metadata", "ending"),
    [
        ({"failed": True}, {"type": "RUN_ERROR", "code": "reply_failed", "message": "Hello"}),
        (
            {"stopped": True},
            finished("m1") | {"threadId": "t", "runId": "r", "outcome": {"type": "cancelled"}},
        ),
    ],
)
def test_a_snapshot_s_answer_ends_as_it_did(
    run: AguiRun, metadata: dict[str, Any], ending: dict[str, Any]
) -> None:
    answered = {"in_reply_to": ["m1"], **metadata}
    reply = {"id": "r1", "role": "assistant", "content": "Hello", "metadata": answered}
    assert told(run, {"type": "MESSAGES_SNAPSHOT", "messages": [reply]})[-1] == ending
