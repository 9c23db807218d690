"""What a turn does next, without a model, a tool or a server."""

from typing import Any

import pytest

from services.router_worker.conversation import Call, Conversation, Question, Turn, end_turn, wait_for
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.protocol import IntentDecision, Wanted
from services.router_worker.phrasebooks import english_book
from services.router_worker.planning import Planner
from services.router_worker.plans import Ask, HandOff, Reply, UseTool
from services.router_worker.tool_results import next_step, take_result
from services.shared.events import ToolCompleted, ToolError
from tests.builders import an_event

BOOK = english_book(IntentCatalogue.load())
CUSTOMER = Planner(book=BOOK, guest=False)
GUEST = Planner(book=BOOK, guest=True)
ADA = "ada@example.com"


def routed(
    conversation: Conversation, intent: str, text: str = "words", planner: Planner = CUSTOMER, **fields: Any
) -> tuple[Conversation, Any]:
    action = BOOK.catalogue.get(intent).action if intent in BOOK.catalogue else "answer"
    decision = IntentDecision(intent=intent, confidence=1.0, **{"action": action, **fields})
    return planner.route(conversation, decision, text)


def asked(planner: Planner = CUSTOMER) -> Conversation:
    return end_turn(routed(Conversation(), "order_status", planner=planner)[0])


def answered(conversation: Conversation, plan: Any, status: str = "ok", **fields: Any) -> Conversation:
    """After the planned call has ended like this."""
    assert isinstance(plan, UseTool)
    call = Call(call_id="call-1", tool=plan.tool, arguments=plan.arguments)
    error = None if status == "ok" else ToolError(code=fields.pop("code", "order_not_found"), message="no")
    completed = an_event(
        ToolCompleted,
        tool_call_id="call-1",
        tool=plan.tool,
        status=status,
        result=fields.get("result", {"order": {}}) if status == "ok" else None,
        error=error,
    )
    return take_result(wait_for(conversation, call), completed, BOOK.catalogue)


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


# several things at once


def test_several_requests_are_planned_one_after_another() -> None:
    wanted = (
        Wanted(intent="order_status", text="where is order 1042"),
        Wanted(intent="shipping", text="how much is shipping?"),
    )
    conversation, plan = routed(Conversation(), "order_status", slots={"order_id": "1042"}, wanted=wanted)

    assert plan == UseTool(tool="get_order", arguments={"order_id": "1042"})
    after = answered(conversation, plan)
    following = next_step(after)
    assert isinstance(following, UseTool)
    assert following.arguments["query"] == "how much is shipping?"
    assert next_step(answered(after, following, result={"results": []})) == Reply()


def test_each_request_has_the_value_that_its_own_words_give() -> None:
    wanted = (
        Wanted(intent="cancel_order", text="please cancel order 1058"),
        Wanted(intent="order_status", text="tell me where order 1042 is"),
    )
    conversation, _ = routed(Conversation(), "cancel_order", slots={"order_id": "1058"}, wanted=wanted)

    orders = [use.arguments.get("order_id") for use in conversation.open_turn.todo]
    assert orders == ["1058", None, "1042"]


def test_a_value_that_follows_is_looked_up_with_the_words_of_the_request() -> None:
    begun, _ = routed(Conversation(), "refund_or_return", "how do I send it back?")
    conversation, _ = routed(end_turn(begun), "refund_or_return", "and 1031?", slots={"order_id": "1031"})

    assert [use.arguments for use in conversation.open_turn.todo] == [
        {"order_id": "1031"},
        {"query": "how do I send it back?", "top_k": 3},
    ]


def test_several_values_are_looked_up_each() -> None:
    conversation, _ = routed(
        Conversation(), "order_status", "orders 1042 and 1043", slots={"order_id": "1042"}
    )

    assert [use.arguments for use in conversation.open_turn.todo] == [
        {"order_id": "1042"},
        {"order_id": "1043"},
    ]


def test_a_request_that_lacks_a_value_is_asked_for_after_the_others_are_answered() -> None:
    wanted = (Wanted(intent="shipping", text="how much is it?"), Wanted(intent="order_status", text="where?"))
    conversation, plan = routed(Conversation(), "shipping", wanted=wanted)

    assert isinstance(plan, UseTool)
    assert conversation.question is not None
    assert conversation.open_turn.then == BOOK.catalogue.slots["order_id"].question


def test_no_more_calls_are_made_than_a_turn_may_and_the_rest_is_kept_to_be_named() -> None:
    text = "orders 1041, 1042, 1043, 1044 and 1045"
    conversation, plan = routed(Conversation(), "order_status", text, slots={"order_id": "1041"})
    while isinstance(plan, UseTool):
        conversation = answered(conversation, plan)
        plan = next_step(conversation)

    assert plan == Reply()
    assert [call.arguments["order_id"] for call in conversation.open_turn.finished] == [
        "1041",
        "1042",
        "1043",
        "1044",
    ]
    assert [use.arguments["order_id"] for use in conversation.open_turn.todo] == ["1045"]


def test_a_message_full_of_numbers_is_not_planned_to_its_end() -> None:
    text = "orders " + " ".join(f"#{number}" for number in range(1000, 1600))
    conversation, _ = routed(Conversation(), "order_status", text, slots={"order_id": "1000"})

    assert len(conversation.open_turn.todo) <= 50


# questions


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


# what needs no model


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


# handoff


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


# what tools found


def test_a_refused_value_is_forgotten_and_asked_for() -> None:
    conversation, plan = routed(Conversation(), "order_status", slots={"order_id": "9999"})
    after = answered(conversation, plan, "refused")

    assert "order_id" not in after.slots
    assert after.question == Question(intent="order_status", slot="order_id", asked=1)


def test_a_corrected_address_is_tried_with_the_doubted_number() -> None:
    slots = {"order_id": "1042", "email": "wrong@example.com"}
    conversation, plan = routed(Conversation(), "order_status", planner=GUEST, slots=slots)
    after = end_turn(answered(conversation, plan, "refused"))

    _, plan = routed(after, "order_status", planner=GUEST, slots={"email": ADA})
    assert plan == UseTool(tool="get_order", arguments={"order_id": "1042", "email": ADA})


def test_a_corrected_number_is_tried_with_the_known_address() -> None:
    slots = {"order_id": "9999", "email": ADA}
    conversation, plan = routed(Conversation(), "order_status", planner=GUEST, slots=slots)
    after = end_turn(answered(conversation, plan, "refused"))

    _, plan = routed(after, "order_status", planner=GUEST, slots={"order_id": "1042"})
    assert plan == UseTool(tool="get_order", arguments={"order_id": "1042", "email": ADA})


def test_after_too_many_tries_nothing_is_asked() -> None:
    conversation, plan = routed(Conversation(), "order_status", slots={"order_id": "9999"})

    assert answered(conversation, plan, "refused", code="too_many_tries").question is None


def test_a_value_is_kept_when_the_tool_could_not_run() -> None:
    conversation, plan = routed(Conversation(), "order_status", slots={"order_id": "9999"})
    after = answered(conversation, plan, "failed", code="unavailable")

    assert after.slots == {"order_id": "9999"}
    assert after.question is None


def test_one_of_two_orders_that_is_not_found_is_not_asked_for() -> None:
    conversation, plan = routed(
        Conversation(), "order_status", "orders 1042 and 9999", slots={"order_id": "1042"}
    )
    found = answered(conversation, plan)
    after = answered(found, next_step(found), "refused")

    assert after.question is None
    assert next_step(after) == Reply()
