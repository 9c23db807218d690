"""Orders of tests, a source that is held in memory, and guests who may try as they like."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.tools_worker.orders.source import CustomerOrders, Order, OrderItem, OrderSourceError
from services.tools_worker.orders.wrong_tries import Try


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

    async def list_for(self, customer_id: str, limit: int) -> CustomerOrders:
        if self.away:
            raise OrderSourceError("away")
        theirs = [order for order in self._orders.values() if order.customer_id == customer_id]
        theirs.sort(key=lambda order: order.placed_at, reverse=True)
        return CustomerOrders(orders=tuple(theirs[:limit]), total=len(theirs))

    async def problem(self) -> str | None:
        return "away" if self.away else None

    async def close(self) -> None:
        return None


class OpenTries:
    """Lets every try pass but while `locked`; `counted` are those that were not forgiven."""

    def __init__(self, *, locked: timedelta = timedelta(0)) -> None:
        self.locked = locked
        self.counted: list[Try] = []

    async def begin(self, attempt: Try) -> timedelta:
        if not self.locked:
            self.counted.append(attempt)
        return self.locked

    async def forgive(self, attempt: Try) -> None:
        self.counted.remove(attempt)
