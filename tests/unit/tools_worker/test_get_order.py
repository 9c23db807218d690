from datetime import timedelta
from typing import Any

import orjson
import pytest

from services.tools_worker.orders.source import OrderItem
from services.tools_worker.registry import LARGEST_RESULT, Outcome, Registry
from services.tools_worker.tools.get_order import MOST_ITEMS, GetOrder
from services.tools_worker.tools.tool import Caller
from tests.unit.tools_worker.orders import MemoryOrders, OpenTries, an_order

GUEST = Caller(conversation_id="c1", tool_call_id="call-1", customer_id=None)
ADA = Caller(conversation_id="c1", tool_call_id="call-1", customer_id="cus_ada")
BEN = Caller(conversation_id="c1", tool_call_id="call-1", customer_id="cus_ben")


async def get_order(
    arguments: dict[str, Any],
    *,
    orders: MemoryOrders | None = None,
    caller: Caller = ADA,
    tries: OpenTries | None = None,
) -> Outcome:
    tool = GetOrder(orders=orders or MemoryOrders(an_order()), tries=tries or OpenTries())
    return await Registry([tool]).call("get_order", arguments, caller)


def code(outcome: Outcome) -> str:
    assert outcome.status == "refused"
    assert outcome.error
    return outcome.error.code


# The number


@pytest.mark.parametrize("written", ["1042", "#1042", " # 1042 ", "1042 "])
async def test_the_order_is_found_however_its_number_is_written(written: str) -> None:
    outcome = await get_order({"order_id": written})
    assert outcome.status == "ok"
    assert outcome.result
    assert outcome.result["order"]["order_id"] == "1042"


@pytest.mark.parametrize(("written", "order_id"), [("w2378156", "W2378156"), ("#0042", "0042")])
async def test_letters_become_capitals_and_leading_zeros_stay(written: str, order_id: str) -> None:
    outcome = await get_order({"order_id": written}, orders=MemoryOrders(an_order(order_id)))
    assert outcome.status == "ok"


@pytest.mark.parametrize(
    "order_id",
    [
        "",
        "#",
        "10 42",
        "1042; DROP TABLE",
        "../1042",
        "1" * 41,
        "１０４２",
        "ſ1042",
        "10\u200b42",
        1042,
        None,
    ],
)
async def test_what_cannot_be_an_order_number_is_refused_before_it_is_looked_up(order_id: object) -> None:
    outcome = await get_order({"order_id": order_id}, orders=MemoryOrders(away=True))
    assert code(outcome) == "bad_arguments"


# A customer who is signed in


async def test_a_signed_in_customer_sees_their_own_order_and_needs_no_address() -> None:
    assert (await get_order({"order_id": "1042"}, caller=ADA)).status == "ok"


@pytest.mark.parametrize("email", ["ben@example.com", "ada@example.com", None, ""])
async def test_an_address_changes_nothing_for_a_customer_who_is_signed_in(email: str | None) -> None:
    own = await get_order({"order_id": "1042", "email": email}, caller=ADA)
    foreign = await get_order({"order_id": "1042", "email": email}, caller=BEN)
    assert own.status == "ok"
    assert code(foreign) == "order_not_found"


async def test_another_s_order_and_no_order_look_alike_to_a_signed_in_customer() -> None:
    foreign = await get_order({"order_id": "1042"}, caller=BEN)
    missing = await get_order({"order_id": "1042"}, orders=MemoryOrders(), caller=BEN)
    assert foreign == missing
    assert code(foreign) == "order_not_found"


async def test_a_signed_in_customer_is_not_locked_out_by_wrong_tries() -> None:
    locked = OpenTries(locked=timedelta(minutes=15))
    assert (await get_order({"order_id": "1042"}, caller=ADA, tries=locked)).status == "ok"


# A guest


@pytest.mark.parametrize("email", ["ada@example.com", " Ada@Example.COM "])
async def test_a_guest_sees_the_order_whose_number_and_address_they_know(email: str) -> None:
    tries = OpenTries()
    outcome = await get_order({"order_id": "#1042", "email": email}, caller=GUEST, tries=tries)
    assert outcome.status == "ok"
    assert tries.counted == []


@pytest.mark.parametrize("arguments", [{}, {"email": None}, {"email": ""}, {"email": "  "}])
async def test_a_guest_without_an_address_is_asked_for_it_whether_or_not_there_is_the_order(
    arguments: dict[str, Any],
) -> None:
    known = await get_order({"order_id": "1042", **arguments}, caller=GUEST)
    unknown = await get_order({"order_id": "9999", **arguments}, caller=GUEST)
    assert known == unknown
    assert code(known) == "email_needed"


async def test_a_wrong_address_and_a_wrong_number_look_alike_to_a_guest_and_count_as_tries() -> None:
    tries = OpenTries()
    wrong = [
        await get_order({"order_id": order_id, "email": email}, caller=GUEST, tries=tries)
        for order_id, email in (
            ("1042", "ben@example.com"),
            ("9999", "ada@example.com"),
            ("9999", "ben@example.com"),
        )
    ]
    assert wrong[0] == wrong[1] == wrong[2]
    assert code(wrong[0]) == "order_not_found"
    assert len(tries.counted) == 3


@pytest.mark.parametrize("kept", ["", "none", "ada@", " "])
async def test_an_order_without_a_usable_address_is_no_guest_s(kept: str) -> None:
    orders = MemoryOrders(an_order(email=kept))
    outcome = await get_order({"order_id": "1042", "email": "ada@example.com"}, orders=orders, caller=GUEST)
    assert code(outcome) == "order_not_found"


@pytest.mark.parametrize("email", ["ada", "ada@example", "a b@example.com", "@example.com", "x@y.z" * 60, 7])
async def test_what_cannot_be_an_address_is_refused_before_anything_is_looked_up(email: object) -> None:
    arguments = {"order_id": "1042", "email": email}
    tries = OpenTries()
    outcome = await get_order(arguments, orders=MemoryOrders(away=True), caller=GUEST, tries=tries)
    assert code(outcome) == "bad_arguments"
    assert tries.counted == []


async def test_a_guest_with_too_many_tries_is_told_when_to_try_again_and_of_a_person() -> None:
    locked = OpenTries(locked=timedelta(minutes=11, seconds=1))
    right, wrong = [
        await get_order(
            {"order_id": order_id, "email": "ada@example.com"},
            orders=MemoryOrders(an_order(), away=True),
            caller=GUEST,
            tries=locked,
        )
        for order_id in ("1042", "9999")
    ]
    assert right == wrong
    assert code(right) == "too_many_tries"
    assert right.error
    assert right.error.retry_after_seconds == 661
    assert "in 12 minutes" in right.error.message
    assert "person" in right.error.message


async def test_a_try_does_not_count_while_orders_are_away() -> None:
    tries = OpenTries()
    arguments = {"order_id": "1042", "email": "ada@example.com"}
    outcome = await get_order(arguments, orders=MemoryOrders(away=True), caller=GUEST, tries=tries)
    assert (outcome.status, outcome.passing) == ("failed", True)
    assert tries.counted == []


@pytest.mark.parametrize(
    "extra", ["customer_id", "customer", "caller", "is_admin", "conversation_id", "limit"]
)
async def test_nobody_becomes_another_by_an_argument(extra: str) -> None:
    for caller in (GUEST, BEN):
        outcome = await get_order({"order_id": "1042", extra: "cus_ada"}, caller=caller)
        assert code(outcome) == "bad_arguments"


# The result


async def test_the_result_says_nothing_of_whose_the_order_is() -> None:
    outcome = await get_order({"order_id": "1042"})
    assert outcome.result
    assert "ada" not in str(outcome.result)


async def test_money_is_exact_and_absent_dates_are_left_out() -> None:
    outcome = await get_order({"order_id": "1042"})
    assert outcome.result
    assert outcome.result["order"]["total"] == "189.00"
    assert "delivered_at" not in outcome.result["order"]


@pytest.mark.parametrize(("name", "fewest"), [("Rain Shell", MOST_ITEMS), ("x" * 5_000, 20), ("é" * 199, 10)])
async def test_of_a_long_order_the_first_items_are_listed_and_the_others_counted(
    name: str, fewest: int
) -> None:
    item = OrderItem(name=name, quantity=1, unit_price="1.00")
    long = an_order(items=(item,) * (MOST_ITEMS + 5))
    outcome = await get_order({"order_id": "1042"}, orders=MemoryOrders(long))
    assert outcome.result
    assert len(orjson.dumps(outcome.result)) <= LARGEST_RESULT
    listed = len(outcome.result["order"]["items"])
    assert fewest <= listed <= MOST_ITEMS
    assert outcome.result["order"]["more_items"] == MOST_ITEMS + 5 - listed


async def test_while_orders_are_away_the_call_fails_for_the_time_being() -> None:
    outcome = await get_order({"order_id": "1042"}, orders=MemoryOrders(away=True))
    assert (outcome.status, outcome.passing) == ("failed", True)
    assert outcome.error
    assert outcome.error.code == "order_source_unavailable"
