from typing import Any

import pytest

from services.router_worker.conversation import Conversation, FinishedCall, Turn
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.protocol import ToolCallWanted
from services.router_worker.tool_wishes import CustomersWords, NotAllowedError, arguments_for, refuse

SLOTS = IntentCatalogue.load().slots
SIGNED_IN = CustomersWords(messages=("where is order 1042?",), slots={}, guest=False)


def wish(tool: str, **arguments: Any) -> ToolCallWanted:
    return ToolCallWanted(tool=tool, arguments=arguments)


def granted(wanted: ToolCallWanted, said: CustomersWords = SIGNED_IN, *calls: FinishedCall) -> dict[str, Any]:
    return arguments_for(wanted, said, Turn(intent="order_status", finished=calls), SLOTS)


def finished(tool: str, arguments: dict[str, Any], result: dict[str, Any]) -> FinishedCall:
    return FinishedCall(call_id="1", tool=tool, arguments=arguments, status="ok", result=result)


@pytest.mark.parametrize("written", ["1042", "#1042", " 1042 ", 1042])
def test_an_order_that_the_customer_has_named_may_be_looked_up(written: object) -> None:
    assert granted(wish("get_order", order_id=written)) == {"order_id": "1042"}


@pytest.mark.parametrize(
    "written", ["1043", "104", "1042 OR 1=1", "", "all", ["1042"], None, {"$ne": 1}, True]
)
def test_no_other_order_may_be_looked_up(written: object) -> None:
    with pytest.raises(NotAllowedError):
        granted(wish("get_order", order_id=written))


def test_arguments_that_the_tool_does_not_have_are_left_out() -> None:
    wanted = wish("get_order", order_id="1042", customer_id="cus_bo", email="ada@example.com", role="admin")
    assert granted(wanted) == {"order_id": "1042"}


def test_a_guests_address_must_be_their_own_words() -> None:
    said = CustomersWords(messages=("order 1042, ada@example.com",), slots={}, guest=True)
    own = wish("get_order", order_id="1042", email="Ada@example.com")
    assert granted(own, said) == {"order_id": "1042", "email": "ada@example.com"}
    other = wish("get_order", order_id="1042", email="bo@example.com")
    assert granted(other, said) == {"order_id": "1042"}


def test_a_guests_known_address_is_added() -> None:
    said = CustomersWords(messages=("and 1043?",), slots={"email": "ada@example.com"}, guest=True)
    assert granted(wish("get_order", order_id="1043"), said)["email"] == "ada@example.com"


def test_an_order_of_the_customers_own_list_may_be_looked_up() -> None:
    listed = finished("list_my_orders", {}, {"orders": [{"order_id": "1050"}]})
    assert granted(wish("get_order", order_id="1050"), SIGNED_IN, listed) == {"order_id": "1050"}
    searched = finished("knowledge_search", {}, {"orders": [{"order_id": "1050"}]})
    with pytest.raises(NotAllowedError):
        granted(wish("get_order", order_id="1050"), SIGNED_IN, searched)


@pytest.mark.parametrize(("written", "limit"), [(5, 5), ("5", 5), (1_000, 20), (-4, 1)])
def test_numbers_are_kept_within_what_the_tool_takes(written: object, limit: int) -> None:
    assert granted(wish("list_my_orders", limit=written)) == {"limit": limit}


@pytest.mark.parametrize(
    "wanted",
    [
        wish("issue_refund", order_id="1042"),
        wish("get_order"),
        wish("knowledge_search", query="x" * 4_001),
        wish("knowledge_search", query={"match": "all"}),
        wish("request_handoff", reason="because"),
        wish("list_my_orders", limit="all"),
    ],
    ids=["unknown tool", "nothing", "long", "object", "unknown reason", "no number"],
)
def test_a_call_that_no_tool_takes_is_not_made(wanted: ToolCallWanted) -> None:
    with pytest.raises(NotAllowedError):
        granted(wanted)


def test_the_same_call_is_made_three_times_at_most() -> None:
    again = finished("knowledge_search", {"query": "fees"}, {"results": []})
    wanted = wish("knowledge_search", query="fees")
    assert granted(wanted, SIGNED_IN, again, again) == {"query": "fees"}
    with pytest.raises(NotAllowedError):
        granted(wanted, SIGNED_IN, again, again, again)


def test_a_refused_wish_counts_as_a_call_and_keeps_nothing_of_what_was_written() -> None:
    conversation = Conversation(turn=Turn(intent="order_status"))
    refused = refuse(conversation, wish("<script>", order_id="1001"), NotAllowedError("no"))
    [call] = refused.open_turn.finished
    assert (call.tool, call.arguments, call.status, call.error_code) == (
        "unknown", {}, "refused", "not_allowed"
    )  # fmt: skip
