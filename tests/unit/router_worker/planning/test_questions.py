"""What the bot asks for, how often, and when it lets go."""

import pytest

from services.router_worker.conversation import Conversation, end_turn
from services.router_worker.plans import Ask, HandOff, Reply, UseTool
from tests.unit.router_worker.planning.planned import BOOK, asked, routed


def test_a_missing_slot_is_asked_for_three_times_and_then_a_person_comes() -> None:
    conversation, plans = Conversation(), []
    for _ in range(4):
        conversation, plan = routed(end_turn(conversation), "order_status")
        plans.append(plan)

    assert plans[0] != plans[1] == plans[2]
    assert all(isinstance(plan, Ask) for plan in plans[:3])
    assert plans[3] == HandOff(reason="unresolved_slot")
    assert conversation.question is None


def test_another_question_in_between_is_answered_and_the_open_one_asked_once_more() -> None:
    conversation, plan = routed(asked(), "product_or_policy")

    assert isinstance(plan, UseTool)
    assert BOOK.catalogue.slots["order_id"].question in conversation.open_turn.then
    again, _ = routed(end_turn(conversation), "product_or_policy")
    assert again.question is not None
    assert again.open_turn.then == ""


def test_what_makes_no_sense_counts_as_a_try() -> None:
    conversation = asked()
    for _ in range(2):
        conversation, plan = routed(end_turn(conversation), "out_of_scope")
        assert plan == Reply()

    assert routed(end_turn(conversation), "out_of_scope")[1] == HandOff(reason="unresolved_slot")


def test_an_answer_closes_the_question() -> None:
    conversation, plan = routed(asked(), "order_status", slots={"order_id": "1043"})

    assert isinstance(plan, UseTool)
    assert conversation.question is None


@pytest.mark.parametrize("intent", ["never_mind", "goodbye"])
def test_a_question_is_dropped_when_the_customer_leaves_it(intent: str) -> None:
    assert routed(asked(), intent)[0].question is None


def test_who_does_not_have_the_value_is_told_about_it_and_offered_a_person() -> None:
    conversation, plan = routed(asked(), "missing_order_number")

    assert isinstance(plan, Ask)
    assert BOOK.texts.offer in plan.text
    assert conversation.offer == "unresolved_slot"
    assert conversation.question is not None
