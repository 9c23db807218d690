"""How a turn goes on with what its tools found."""

from services.router_worker.conversation import Conversation, Question, end_turn
from services.router_worker.plans import Reply, UseTool
from services.router_worker.tool_results import next_step
from tests.unit.router_worker.planning.planned import ADA, GUEST, answered, routed


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
