from typing import Any

import pytest

from services.tools_worker.registry import Outcome, Registry
from services.tools_worker.tools.get_order import MOST_ITEMS, GetOrder
from services.tools_worker.tools.tool import Caller
from tests.unit.tools_worker.orders import MemoryOrders, an_order

GUEST = Caller(conversation_id="c1", customer_id=None)


async def get_order(arguments: dict[str, Any], *, orders: MemoryOrders, caller: Caller = GUEST) -> Outcome:
    return await Registry([GetOrder(orders=orders)]).call("get_order", arguments, caller)


@pytest.mark.parametrize("written", ["1042", "#1042", " # 1042 ", "1042 "])
async def test_the_order_is_found_however_its_number_is_written(written: str) -> None:
    outcome = await get_order({"order_id": written}, orders=MemoryOrders(an_order("1042")))
    assert outcome.status == "ok"
    assert outcome.result
    assert outcome.result["order"]["order_id"] == "1042"


@pytest.mark.parametrize(("written", "order_id"), [("w2378156", "W2378156"), ("#0042", "0042")])
async def test_letters_become_capitals_and_leading_zeros_stay(written: str, order_id: str) -> None:
    outcome = await get_order({"order_id": written}, orders=MemoryOrders(an_order(order_id)))
    assert outcome.status == "ok"


async def test_an_unknown_order_is_refused_with_its_number() -> None:
    outcome = await get_order({"order_id": "#9999"}, orders=MemoryOrders())
    assert outcome.status == "refused"
    assert outcome.error
    assert (outcome.error.code, outcome.error.message) == ("order_not_found", "There is no order 9999.")


@pytest.mark.parametrize("order_id", ["", "#", "10 42", "1042; DROP TABLE", "../1042", "1" * 41, 1042, None])
async def test_what_cannot_be_an_order_number_is_refused_before_it_is_looked_up(order_id: object) -> None:
    outcome = await get_order({"order_id": order_id}, orders=MemoryOrders(away=True))
    assert outcome.status == "refused"
    assert outcome.error
    assert outcome.error.code == "bad_arguments"


async def test_the_result_says_nothing_of_whose_the_order_is() -> None:
    outcome = await get_order({"order_id": "1042"}, orders=MemoryOrders(an_order()))
    assert outcome.result
    assert "ada" not in str(outcome.result)


async def test_money_is_exact_and_absent_dates_are_left_out() -> None:
    outcome = await get_order({"order_id": "1042"}, orders=MemoryOrders(an_order()))
    assert outcome.result
    assert outcome.result["order"]["total"] == "189.00"
    assert "delivered_at" not in outcome.result["order"]


async def test_a_signed_in_customer_sees_their_own_order() -> None:
    caller = Caller(conversation_id="c1", customer_id="cus_ada")
    outcome = await get_order({"order_id": "1042"}, orders=MemoryOrders(an_order()), caller=caller)
    assert outcome.status == "ok"


async def test_another_s_order_and_no_order_look_alike_to_a_signed_in_customer() -> None:
    caller = Caller(conversation_id="c1", customer_id="cus_ben")
    foreign = await get_order({"order_id": "1042"}, orders=MemoryOrders(an_order()), caller=caller)
    missing = await get_order({"order_id": "1042"}, orders=MemoryOrders(), caller=caller)
    assert foreign == missing
    assert foreign.status == "refused"


async def test_of_a_long_order_the_first_items_are_listed_and_the_others_counted() -> None:
    order = an_order()
    long = order.model_copy(update={"items": order.items * (MOST_ITEMS + 5)})
    outcome = await get_order({"order_id": "1042"}, orders=MemoryOrders(long))
    assert outcome.result
    assert len(outcome.result["order"]["items"]) == MOST_ITEMS
    assert outcome.result["order"]["more_items"] == 5


async def test_while_orders_are_away_the_call_fails_for_the_time_being() -> None:
    outcome = await get_order({"order_id": "1042"}, orders=MemoryOrders(away=True))
    assert (outcome.status, outcome.passing) == ("failed", True)
    assert outcome.error
    assert outcome.error.code == "order_source_unavailable"
