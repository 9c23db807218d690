"""What the bot asks of a shop's orders, whatever they are kept in."""

from decimal import Decimal
from typing import Annotated, Literal, Protocol, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.tools_worker.orders.identifiers import OrderId

OrderStatus: TypeAlias = Literal[
    "awaiting_payment",
    "processing",
    "packed",
    "partially_shipped",
    "shipped",
    "out_for_delivery",
    "delayed",
    "delivered",
    "cancelled",
    "returned",
    "refunded",
]
Money: TypeAlias = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OrderItem(_Record):
    name: str
    quantity: Annotated[int, Field(ge=1)]
    unit_price: Money


class OrderFacts(_Record):
    """An order without its owner: what the owner may see of it."""

    order_id: OrderId
    status: OrderStatus
    placed_at: AwareDatetime
    expected_at: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    refunded_at: AwareDatetime | None = None
    return_until: AwareDatetime | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    items: tuple[OrderItem, ...]
    shipping_fee: Money = Decimal("0.00")
    total: Money
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Order(OrderFacts):
    """An order as the shop keeps it. `customer_id` and `email` say whose it is."""

    customer_id: str
    email: str


class CustomerOrders(_Record):
    """The newest orders of a customer, newest first, and how many orders there are in all."""

    orders: tuple[Order, ...]
    total: Annotated[int, Field(ge=0)]


class OrderSource(Protocol):
    """Where orders come from. Every method raises OrderSourceError, and nothing else, when it cannot tell."""

    async def get(self, order_id: str) -> Order | None:
        """The order of this normalised id; None when there is none."""
        ...

    async def list_for(self, customer_id: str, limit: int) -> CustomerOrders:
        """The customer's newest orders, at most `limit`; none for an unknown customer."""
        ...

    async def problem(self) -> str | None:
        """Why orders cannot be asked for now, in one line; None when they can. Never raises."""
        ...

    async def close(self) -> None:
        """Gives back what the source holds."""
        ...


class OrderSourceError(Exception):
    """The source of orders cannot be reached, or does not answer as agreed."""
