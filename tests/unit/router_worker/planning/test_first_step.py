"""What a turn does first: it answers, asks, or uses a tool."""

import pytest

from services.router_worker.conversation import Conversation, Question, end_turn
from services.router_worker.plans import Ask, Reply, UseTool
from tests.unit.router_worker.planning.planned import ADA, GUEST, routed


def test_an_intent_without_a_tool_is_answered_by_the_model() -> None:
    conversation, plan = routed(Conversation(), "greeting")

    assert plan == Reply()
    assert conversation.open_turn.intent == "greeting"


def test_an_unknown_intent_is_out_of_scope() -> None:
    assert routed(Conversation(), "make_tea")[0].open_turn.intent == "out_of_scope"


def test_a_tool_is_used_when_every_slot_is_known() -> None:
    _, plan = routed(Conversation(), "order_status", slots={"order_id": "1043"})

    assert plan == UseTool(tool="get_order", arguments={"order_id": "1043"})


def test_a_guest_must_give_an_address_and_a_customer_need_not() -> None:
    slots = {"order_id": "1043"}
    conversation, plan = routed(Conversation(), "order_status", planner=GUEST, slots=slots)

    assert isinstance(plan, Ask)
    assert conversation.question == Question(intent="order_status", slot="email", asked=1)
    _, plan = routed(end_turn(conversation), "order_status", planner=GUEST, slots={"email": ADA})
    assert plan == UseTool(tool="get_order", arguments={"order_id": "1043", "email": ADA})


def test_a_customers_address_is_not_told_to_the_tool() -> None:
    slots = {"order_id": "1043", "email": ADA}

    assert routed(Conversation(), "order_status", slots=slots)[1].arguments == {"order_id": "1043"}


def test_a_slot_given_before_is_still_known() -> None:
    known, _ = routed(Conversation(), "order_status", slots={"order_id": "1043"})

    assert isinstance(routed(end_turn(known), "order_status")[1], UseTool)


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("can I still cancel it?", ["get_order", "knowledge_search"]),
        ("how do I cancel?", ["knowledge_search"]),
    ],
)
def test_a_known_order_is_looked_up_for_another_intent_only_when_it_is_meant(
    text: str, tools: list[str]
) -> None:
    known = Conversation(slots={"order_id": "1043"}, topic="order_status")

    assert [use.tool for use in routed(known, "cancel_order", text)[0].open_turn.todo] == tools


def test_of_another_order_the_known_number_is_forgotten() -> None:
    known = Conversation(slots={"order_id": "1043", "email": ADA}, topic="order_status")
    conversation, plan = routed(known, "order_status", "and my other order?")

    assert isinstance(plan, Ask)
    assert conversation.slots == {"email": ADA}


def test_a_search_is_made_with_the_customers_own_words() -> None:
    _, plan = routed(Conversation(), "product_or_policy", "may I return it?")

    assert plan.arguments["query"] == "may I return it?"
