"""Turns in which the customer wants several things."""

from services.router_worker.conversation import Conversation, end_turn
from services.router_worker.language_models.protocol import Wanted
from services.router_worker.plans import Reply, UseTool
from services.router_worker.tool_results import next_step
from tests.unit.router_worker.planning.planned import BOOK, answered, routed


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
