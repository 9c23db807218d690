"""Turns that offer a person or bring one in."""

import pytest

from services.router_worker.conversation import Conversation, Question, Turn
from services.router_worker.plans import Ask, HandOff, Reply, UseTool
from services.router_worker.tool_results import next_step
from tests.unit.router_worker.planning.planned import ADA, CUSTOMER, answered, asked, routed


@pytest.mark.parametrize("text", ["yes", "Yes please!", "sure, go ahead", "ja, gerne"])
def test_an_accepted_offer_brings_a_person_for_its_reason(text: str) -> None:
    offered = Conversation(offer="missing_knowledge")
    decision = CUSTOMER.settled(offered, text)

    assert decision is not None
    assert CUSTOMER.route(offered, decision, text)[1] == HandOff(reason="missing_knowledge", wanted=True)


@pytest.mark.parametrize("text", ["no", "No, thanks.", "nein danke"])
def test_a_declined_offer_is_forgotten(text: str) -> None:
    offered = Conversation(offer="missing_knowledge")
    decision = CUSTOMER.settled(offered, text)

    assert decision is not None
    conversation, plan = CUSTOMER.route(offered, decision, text)
    assert (conversation.offer, plan) == (None, Reply())


@pytest.mark.parametrize(
    ("conversation", "text"),
    [
        (Conversation(), "yes"),
        (Conversation(offer="unsupported"), "yes, and where is my order?"),
        (Conversation(question=Question(intent="order_status", slot="order_id", asked=1)), "1043"),
    ],
    ids=["nothing was offered", "more than yes", "a value"],
)
def test_other_words_are_left_to_the_model(conversation: Conversation, text: str) -> None:
    assert CUSTOMER.settled(conversation, text) is None


@pytest.mark.parametrize(("intent", "action"), [("talk_to_person", "handoff"), ("order_status", "handoff")])
def test_a_person_comes_before_any_question(intent: str, action: str) -> None:
    conversation, plan = routed(asked(), intent, action=action)

    assert plan == HandOff(reason="customer_asked", wanted=True)
    assert conversation.question is None


def test_a_handoff_asked_for_by_a_tool_is_one() -> None:
    begun = Conversation(turn=Turn(intent="shipping"))
    plan = UseTool(tool="request_handoff", arguments={"reason": "policy"})
    after = answered(begun, plan, result={"reason": "policy", "summary": "wants an exception"})

    assert next_step(after) == HandOff(reason="policy", summary="wants an exception")


def test_an_address_that_was_asked_for_is_taken() -> None:
    waiting = Conversation(question=Question(intent="talk_to_person", slot="contact_email", asked=1))
    slots = {"contact_email": ADA, "email": ADA}
    conversation, plan = routed(waiting, "talk_to_person", ADA, slots=slots)

    assert conversation.contact.email == ADA
    assert conversation.question is None
    assert isinstance(plan, Ask)
    assert ADA in plan.text


def test_another_message_than_an_address_is_answered_as_usual() -> None:
    waiting = Conversation(question=Question(intent="talk_to_person", slot="contact_email", asked=1))
    conversation, plan = routed(waiting, "shipping", "how much is shipping?")

    assert isinstance(plan, UseTool)
    assert conversation.open_turn.then == ""
    assert conversation.question == waiting.question
