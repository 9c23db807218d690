"""The stored conversation, without a model, a tool or a server."""

import pytest

from services.router_worker.conversation import (
    MAX_TOOL_CALLS,
    Call,
    Conversation,
    Question,
    ToolUse,
    Turn,
    end_turn,
    finish_call,
    wait_for,
)
from services.shared.events import ToolCompleted, ToolError
from tests.builders import an_event

CALL = Call(call_id="call-1", tool="get_order", arguments={"order_id": "1043"})


def a_result(status: str = "ok") -> ToolCompleted:
    error = None if status == "ok" else ToolError(code="order_not_found", message="no")
    return an_event(
        ToolCompleted, tool_call_id="call-1", tool="get_order", status=status, result=None, error=error
    )


def waiting() -> Conversation:
    return wait_for(Conversation(turn=Turn(intent="order_status")), CALL)


def test_a_turn_waits_for_its_call_alone() -> None:
    conversation = waiting()

    assert conversation.waits
    assert conversation.waits_for("call-1")
    assert not conversation.waits_for("call-2")


def test_a_call_that_was_planned_is_no_longer_to_be_made_once_it_is_waited_for() -> None:
    use = ToolUse(intent="order_status", tool=CALL.tool, arguments=CALL.arguments)
    planned = Conversation(turn=Turn(intent="shipping", todo=(use, use)))

    turn = wait_for(planned, CALL).open_turn

    assert turn.todo == (use,)
    assert turn.waiting is not None
    assert turn.waiting.intent == "order_status"


@pytest.mark.parametrize(("status", "code"), [("ok", None), ("refused", "order_not_found")])
def test_a_result_is_kept_for_the_reply(status: str, code: str | None) -> None:
    conversation, call = finish_call(waiting(), a_result(status))

    assert not conversation.waits
    assert conversation.open_turn.finished == (call,)
    assert (call.call_id, call.arguments, call.status, call.error_code) == (
        "call-1",
        {"order_id": "1043"},
        status,
        code,
    )


def test_tools_may_be_called_a_bounded_number_of_times_a_turn() -> None:
    conversation = waiting()
    for _ in range(MAX_TOOL_CALLS):
        assert conversation.open_turn.may_call_tools
        conversation, _ = finish_call(conversation, a_result())

    assert not conversation.open_turn.may_call_tools


def test_a_turn_ends_and_leaves_what_was_learnt() -> None:
    known = Conversation(slots={"order_id": "1043"}, topic="order_status", offer="unsupported")

    assert end_turn(known.but(turn=Turn(intent="order_status"))) == known


def test_a_question_is_told_to_the_model() -> None:
    asked = Conversation(question=Question(intent="order_status", slot="order_id", asked=2, reminded=True))

    assert asked.pending is not None
    assert (asked.pending.intent, asked.pending.slot, asked.pending.asked) == ("order_status", "order_id", 2)


def test_a_stored_conversation_is_read_back_and_fields_of_a_newer_release_are_ignored() -> None:
    conversation = waiting()
    stored = conversation.model_dump_json()

    assert Conversation.load(stored) == conversation
    assert Conversation.load(stored[:-1] + ',"mood":"good"}') == conversation
    assert Conversation.load("") == Conversation()


@pytest.mark.parametrize("state", ["garbage", '{"slots": 7}', "[]"])
def test_an_unreadable_state_is_given_up_only_when_that_is_wanted(state: str) -> None:
    assert Conversation.recover(state) == Conversation()
    with pytest.raises(ValueError, match="validation error"):
        Conversation.load(state)
