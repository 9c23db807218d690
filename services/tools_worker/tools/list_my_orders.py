"""list_my_orders: the newest orders of the customer who is signed in."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, Field

from services.tools_worker.orders.source import Order, OrderSource, OrderStatus
from services.tools_worker.tools.asking_orders import asking_orders
from services.tools_worker.tools.fitting import fitting, shortened
from services.tools_worker.tools.tool import Arguments, Caller, RefusedError, ToolSpec

MOST_ORDERS = 20
MOST_ITEMS = 3
LONGEST_NAME = 80
MOST_BYTES = 7_000


class ListMyOrdersArguments(Arguments):
    limit: Annotated[int, Field(ge=1, le=MOST_ORDERS, description="How many orders at most")] = 10


class OrderSummary(BaseModel):
    """An order in a list; get_order has the rest of it."""

    order_id: str
    status: OrderStatus
    placed_at: AwareDatetime
    expected_at: AwareDatetime | None
    delivered_at: AwareDatetime | None
    items: tuple[str, ...] = Field(description="Names of the first positions")
    more_items: int = Field(description="How many further positions are not named")
    total: Decimal
    currency: str


class ListMyOrdersResult(BaseModel):
    """Newest first. `more_orders` counts those that are not listed."""

    orders: tuple[OrderSummary, ...]
    more_orders: int


@dataclass(frozen=True, kw_only=True)
class ListMyOrders:
    orders: OrderSource

    spec: ClassVar[ToolSpec] = ToolSpec(
        name="list_my_orders",
        description=(
            "List the newest orders of the customer, with number, status, dates and total; only for a customer "
            "who is signed in. get_order tells more about one of them."
        ),
        effect="read",
        arguments=ListMyOrdersArguments,
    )

    async def run(self, args: ListMyOrdersArguments, caller: Caller) -> ListMyOrdersResult:
        if caller.customer_id is None:
            raise RefusedError(
                "sign_in_needed",
                "I can list orders only for customers who are signed in. A single order I can look up by its "
                "number and the e-mail address that it was placed with.",
            )
        with asking_orders():
            found = await self.orders.list_for(caller.customer_id, args.limit)
        listed = fitting(map(_summary, found.orders), most_bytes=MOST_BYTES)
        return ListMyOrdersResult(orders=listed, more_orders=max(0, found.total - len(listed)))


def _summary(order: Order) -> OrderSummary:
    fields = order.model_dump(
        include={"order_id", "status", "placed_at", "expected_at", "delivered_at", "total", "currency"}
    )
    names = tuple(shortened(item.name, LONGEST_NAME) for item in order.items[:MOST_ITEMS])
    return OrderSummary(**fields, items=names, more_items=max(0, len(order.items) - MOST_ITEMS))
