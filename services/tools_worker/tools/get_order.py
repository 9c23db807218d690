"""get_order: the state of one order."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.tools_worker.orders.source import Order, OrderItem, OrderSource, OrderSourceError, OrderStatus
from services.tools_worker.tools.tool import Arguments, Caller, RefusedError, ToolSpec, UnavailableError

MOST_ITEMS = 40
_ORDER_ID = re.compile(r"[A-Z0-9][A-Z0-9-]*")


def normalise_order_id(written: str) -> str:
    """`#1042`, ` 1042 ` and `1042` are one order; letters are capitals; leading zeros are kept."""
    order_id = written.strip().removeprefix("#").strip().upper()
    if not _ORDER_ID.fullmatch(order_id):
        raise ValueError("is not an order number such as 1042")
    return order_id


class GetOrderArguments(Arguments):
    order_id: Annotated[
        str,
        Field(
            max_length=40, description="The order number as the customer wrote it, for example 1042 or #1042"
        ),
        AfterValidator(normalise_order_id),
    ]


class OrderView(BaseModel):
    """What a customer may see of an order: no customer's name, address or identifier."""

    order_id: str
    status: OrderStatus
    placed_at: AwareDatetime
    expected_at: AwareDatetime | None
    shipped_at: AwareDatetime | None
    delivered_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    returned_at: AwareDatetime | None
    refunded_at: AwareDatetime | None
    return_until: AwareDatetime | None
    carrier: str | None
    tracking_number: str | None
    items: tuple[OrderItem, ...]
    more_items: int = Field(description="How many further positions are not listed")
    shipping_fee: Decimal
    total: Decimal
    currency: str


class GetOrderResult(BaseModel):
    order: OrderView


@dataclass(frozen=True, kw_only=True)
class GetOrder:
    orders: OrderSource

    spec: ClassVar[ToolSpec] = ToolSpec(
        name="get_order",
        description=(
            "Look up one order by its number: status, dates, carrier and tracking number, items, total, and "
            "until when it may be returned. Ask the customer for the number; never guess one."
        ),
        effect="read",
        arguments=GetOrderArguments,
    )

    async def run(self, args: GetOrderArguments, caller: Caller) -> GetOrderResult:
        try:
            order = await self.orders.get(args.order_id)
        except OrderSourceError as error:
            raise UnavailableError(
                "order_source_unavailable", "Orders cannot be looked up at the moment."
            ) from error
        if order is None or not _may_see(order, caller):
            raise RefusedError("order_not_found", f"There is no order {args.order_id}.")
        return GetOrderResult(order=_view(order))


def _may_see(order: Order, caller: Caller) -> bool:
    """A signed-in customer sees no order of another; it looks as if there were none."""
    return caller.customer_id in {None, order.customer_id}


def _view(order: Order) -> OrderView:
    fields = order.model_dump(exclude={"customer_id", "email", "items"})
    return OrderView(
        **fields, items=order.items[:MOST_ITEMS], more_items=max(0, len(order.items) - MOST_ITEMS)
    )
