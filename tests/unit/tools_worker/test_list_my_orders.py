from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.tools_worker.orders.source import OrderItem
from services.tools_worker.registry import LARGEST_RESULT, Outcome, Registry
from services.tools_worker.tools.list_my_orders import MOST_ORDERS, ListMyOrders
from services.tools_worker.tools.tool import Caller
from tests.unit.tools_worker.orders import MemoryOrders, an_order

START = datetime(2026, 1, 1, tzinfo=UTC)


async def list_orders(customer: str | None, orders: MemoryOrders, /, **arguments: Any) -> Outcome:
    caller = Caller(conversation_id="c1", tool_call_id="call-1", customer_id=customer)
    return await Registry([ListMyOrders(orders=orders)]).call("list_my_orders", arguments, caller)


def a_shop(count: int, **changed: Any) -> MemoryOrders:
    """So many orders of Ada, 1000 the oldest, and one of Ben."""
    ada = [
        an_order(str(1000 + day), placed_at=START + timedelta(days=day), **changed) for day in range(count)
    ]
    return MemoryOrders(*ada, an_order("2000", customer_id="cus_ben", email="ben@example.com"))


def numbers(outcome: Outcome) -> list[str]:
    assert outcome.result
    return [order["order_id"] for order in outcome.result["orders"]]


async def test_a_customer_s_own_orders_are_listed_the_newest_first_and_the_rest_counted() -> None:
    outcome = await list_orders("cus_ada", a_shop(7), limit=3)
    assert numbers(outcome) == ["1006", "1005", "1004"]
    assert outcome.result
    assert outcome.result["more_orders"] == 4


async def test_a_customer_without_orders_gets_an_empty_list() -> None:
    outcome = await list_orders("cus_nobody", a_shop(3))
    assert outcome.result == {"orders": [], "more_orders": 0}


async def test_a_guest_is_told_to_sign_in() -> None:
    outcome = await list_orders(None, a_shop(3))
    assert outcome.status == "refused"
    assert outcome.error
    assert outcome.error.code == "sign_in_needed"


@pytest.mark.parametrize(
    "arguments",
    [{"customer_id": "cus_ada"}, {"email": "ada@example.com"}, {"limit": 21}, {"limit": 0}, {"limit": "5"}],
)
async def test_nobody_s_list_is_to_be_had_by_an_argument(arguments: dict[str, Any]) -> None:
    outcome = await list_orders("cus_ben", a_shop(3), **arguments)
    assert outcome.error
    assert outcome.error.code == "bad_arguments"


async def test_the_list_says_nothing_of_whose_it_is() -> None:
    outcome = await list_orders("cus_ada", a_shop(3))
    assert "ada" not in str(outcome.result)


async def test_the_longest_list_fits_into_a_result_and_what_does_not_fit_is_counted() -> None:
    item = OrderItem(name="é" * 500, quantity=1, unit_price="1.00")
    outcome = await list_orders("cus_ada", a_shop(MOST_ORDERS, items=(item,) * 9), limit=MOST_ORDERS)
    assert outcome.result
    assert len(orjson.dumps(outcome.result)) <= LARGEST_RESULT
    assert len(numbers(outcome)) + outcome.result["more_orders"] == MOST_ORDERS
    assert outcome.result["orders"][0]["more_items"] == 6


async def test_while_orders_are_away_the_call_fails_for_the_time_being() -> None:
    outcome = await list_orders("cus_ada", MemoryOrders(away=True))
    assert (outcome.status, outcome.passing) == ("failed", True)
