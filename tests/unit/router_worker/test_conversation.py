"""The state machine, without a model, a tool or a server."""

from typing import Any

import pytest

from services.router_worker.conversation import (
    MAX_TOOL_CALLS,
    Ask,
    Call,
    Conversation,
    HandOff,
    Reply,
    UseTool,
    end_turn,
    route,
    take_result,
    wait_for,
)
from services.router_worker.intents import INTENTS_DIR, IntentCatalogue
from services.router_worker.language_models.protocol import IntentDecision
from services.shared.events import ToolCompleted, ToolError
from tests.builders import an_event

CATALOGUE = IntentCatalogue.load(INTENTS_DIR)


def routed(
    conversation: Conversation, intent: str, text: str = "words", **fields: Any
) -> tuple[Conversation, Any]:
    decision = IntentDecision(intent=intent, confidence=1.0, **fields)
    return route(conversation, decision, text, CATALOGUE)


def waiting(order_id: str = "9999") -> Conversation:
    conversation, plan = routed(Conversation(), "order_status", slots={"order_id": order_id})
    assert isinstance(plan, UseTool)
    return wait_for(conversation, Call(call_id="call-1", tool=plan.tool, arguments=plan.arguments))


def a_result(status: str, code: str = "order_not_found") -> ToolCompleted:
    error = None if status == "ok" else ToolError(code=code, message="no")
    return an_event(
        ToolCompleted,
        tool_call_id="call-1",
        tool="get_order",
        status=status,
        result={"order": {}},
        error=error,
    )


def test_an_intent_without_a_tool_is_answered_by_the_model() -> None:
    conversation, plan = routed(Conversation(), "greeting")

    assert isinstance(plan, Reply)
    assert conversation.turn is not None
    assert conversation.turn.intent == "greeting"


def test_a_tool_is_used_when_every_slot_is_known() -> None:
    _, plan = routed(Conversation(), "order_status", slots={"order_id": "1043"})

    assert plan == UseTool(tool="get_order", arguments={"order_id": "1043"})


def test_a_slot_given_before_is_still_known() -> None:
    known, _ = routed(Conversation(), "order_status", slots={"order_id": "1043"})
    _, plan = routed(end_turn(known), "order_status")

    assert isinstance(plan, UseTool)


def test_a_search_is_made_with_the_customers_own_words() -> None:
    _, plan = routed(Conversation(), "product_or_policy", "may I return it?")

    assert isinstance(plan, UseTool)
    assert plan.arguments["query"] == "may I return it?"


def test_a_missing_slot_is_asked_for_in_other_words_each_further_time_and_not_for_ever() -> None:
    conversation, first = routed(Conversation(), "order_status")
    conversation, second = routed(conversation, "order_status")
    conversation, third = routed(conversation, "order_status")
    conversation, last = routed(conversation, "order_status")

    assert isinstance(first, Ask)
    assert isinstance(second, Ask)
    assert first.text != second.text
    assert second == third
    assert last == HandOff(reason="unresolved_slot")
    assert conversation.question is None


def test_another_question_in_between_is_answered_and_the_open_one_kept() -> None:
    asked, _ = routed(Conversation(), "order_status")
    conversation, plan = routed(asked, "product_or_policy")

    assert isinstance(plan, UseTool)
    assert conversation.pending == asked.pending


def test_an_answer_closes_the_question() -> None:
    asked, _ = routed(Conversation(), "order_status")
    conversation, plan = routed(asked, "order_status", slots={"order_id": "1043"})

    assert isinstance(plan, UseTool)
    assert conversation.question is None


def test_never_mind_drops_the_question() -> None:
    asked, _ = routed(Conversation(), "order_status")

    assert routed(asked, "never_mind")[0].question is None


@pytest.mark.parametrize(("intent", "action"), [("talk_to_person", "answer"), ("order_status", "handoff")])
def test_a_person_comes_before_any_question(intent: str, action: str) -> None:
    asked, _ = routed(Conversation(), "order_status")
    conversation, plan = routed(asked, intent, action=action)

    assert plan == HandOff(reason="customer_asked")
    assert conversation.question is None


def test_an_unknown_intent_is_out_of_scope() -> None:
    conversation, _ = routed(Conversation(), "make_tea")

    assert conversation.turn is not None
    assert conversation.turn.intent == "out_of_scope"


def test_a_result_is_kept_for_the_reply() -> None:
    conversation = take_result(waiting(), a_result("ok"), CATALOGUE)

    assert conversation.turn is not None
    [call] = conversation.turn.finished
    assert (call.call_id, call.arguments, call.status) == ("call-1", {"order_id": "9999"}, "ok")
    assert not conversation.waits


def test_a_refused_value_is_forgotten_and_asked_for() -> None:
    conversation = take_result(waiting(), a_result("refused"), CATALOGUE)

    assert "order_id" not in conversation.slots
    assert conversation.pending is not None
    assert conversation.pending.slot == "order_id"


def test_a_value_is_kept_when_the_tool_could_not_run() -> None:
    conversation = take_result(waiting(), a_result("failed", "unavailable"), CATALOGUE)

    assert conversation.slots == {"order_id": "9999"}
    assert conversation.question is None


def test_tools_may_be_called_a_bounded_number_of_times_a_turn() -> None:
    conversation = waiting()
    for _ in range(MAX_TOOL_CALLS):
        assert conversation.turn is not None
        assert conversation.turn.may_call_tools
        conversation = take_result(conversation, a_result("ok"), CATALOGUE)

    assert conversation.turn is not None
    assert not conversation.turn.may_call_tools


def test_a_turn_ends_and_leaves_what_was_learnt() -> None:
    conversation = end_turn(waiting("1043"))

    assert conversation == Conversation(slots={"order_id": "1043"})


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
