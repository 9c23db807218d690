"""Orders of tests, and a source that is held in memory."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.tools_worker.orders.source import Order, OrderItem, OrderSourceError


def an_order(order_id: str = "1042", **changed: Any) -> Order:
    fields: dict[str, Any] = {
        "order_id": order_id,
        "customer_id": "cus_ada",
        "email": "ada@example.com",
        "status": "shipped",
        "placed_at": datetime(2026, 11, 17, 14, 38, tzinfo=UTC),
        "items": (OrderItem(name="Rain Shell", quantity=1, unit_price=Decimal("189.00")),),
        "total": Decimal("189.00"),
        "currency": "USD",
    }
    return Order(**fields | changed)


class MemoryOrders:
    """An OrderSource over given orders; without any that can be reached, it is away."""

    def __init__(self, *orders: Order, away: bool = False) -> None:
        self._orders = {order.order_id: order for order in orders}
        self.away = away

    async def get(self, order_id: str) -> Order | None:
        if self.away:
            raise OrderSourceError("away")
        return self._orders.get(order_id)

    async def problem(self) -> str | None:
        return "away" if self.away else None

    async def close(self) -> None:
        return None
