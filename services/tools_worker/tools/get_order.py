"""get_order: the state of one order, for whoever it belongs to."""

import hmac
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, BeforeValidator, Field

from services.tools_worker.orders.identifiers import Email, OrderId, normalise_email
from services.tools_worker.orders.source import Order, OrderFacts, OrderSource
from services.tools_worker.orders.wrong_tries import Try
from services.tools_worker.tools.asking_orders import asking_orders
from services.tools_worker.tools.fitting import fitting, shortened
from services.tools_worker.tools.tool import Arguments, Caller, RefusedError, ToolSpec, UnavailableError

MOST_ITEMS = 40
MOST_ITEM_BYTES = 6_000
LONGEST_NAME = 200


def _blank_is_absent(written: object) -> object:
    return None if isinstance(written, str) and not written.strip() else written


class GetOrderArguments(Arguments):
    order_id: Annotated[
        OrderId,
        Field(
            max_length=60, description="The order number as the customer wrote it, for example 1042 or #1042"
        ),
    ]
    email: Annotated[
        Email | None,
        BeforeValidator(_blank_is_absent),
        Field(
            description=(
                "The e-mail address that the order was placed with, as the customer wrote it. Needed when the "
                "customer is not signed in, and of no effect when they are"
            )
        ),
    ] = None


class OrderView(OrderFacts):
    """What a customer may see of an order: no customer's name, address or identifier."""

    more_items: int = Field(description="How many further positions are not listed")


class GetOrderResult(BaseModel):
    order: OrderView


class CountsTries(Protocol):
    """What `WrongTries` does."""

    async def begin(self, attempt: Try) -> timedelta: ...

    async def forgive(self, attempt: Try) -> None: ...


@dataclass(frozen=True, kw_only=True)
class GetOrder:
    orders: OrderSource
    tries: CountsTries

    spec: ClassVar[ToolSpec] = ToolSpec(
        name="get_order",
        description=(
            "Look up one order by its number: status, dates, carrier and tracking number, items, total, and "
            "until when it may be returned. A customer who is not signed in must also give the e-mail address of "
            "the order. Ask the customer for both; never guess them."
        ),
        effect="read",
        arguments=GetOrderArguments,
    )

    async def run(self, args: GetOrderArguments, caller: Caller) -> GetOrderResult:
        if caller.customer_id is not None:
            order = await self._of_customer(args.order_id, caller.customer_id)
        elif args.email is not None:
            order = await self._of_guest(
                Try(
                    conversation_id=caller.conversation_id,
                    tool_call_id=caller.tool_call_id,
                    order_id=args.order_id,
                    email=args.email,
                )
            )
        else:
            raise RefusedError(
                "email_needed", "Please also give the e-mail address that the order was placed with."
            )
        return GetOrderResult(order=_view(order))

    async def _of_customer(self, order_id: str, customer_id: str) -> Order:
        order = await self._look_up(order_id)
        if order is None or order.customer_id != customer_id:
            raise RefusedError("order_not_found", "There is no order of yours with this number.")
        return order

    async def _of_guest(self, attempt: Try) -> Order:
        wait = await self.tries.begin(attempt)
        if wait:
            raise RefusedError("too_many_tries", _too_many(wait), wait=wait)
        try:
            order = await self._look_up(attempt.order_id)
        except UnavailableError:
            await self.tries.forgive(attempt)
            raise
        if order is None or not _belongs_to(order, attempt.email):
            raise RefusedError("order_not_found", "There is no order with this number and e-mail address.")
        await self.tries.forgive(attempt)
        return order

    async def _look_up(self, order_id: str) -> Order | None:
        with asking_orders():
            return await self.orders.get(order_id)


def _belongs_to(order: Order, email: str) -> bool:
    try:
        owner = normalise_email(order.email)
    except ValueError:  # an order without a usable address is no guest's
        return False
    return hmac.compare_digest(owner.encode(), email.encode())


def _too_many(wait: timedelta) -> str:
    minutes = max(1, math.ceil(wait / timedelta(minutes=1)))
    unit = "minute" if minutes == 1 else "minutes"
    return (
        "There were too many tries with an order number and an e-mail address that do not belong together. "
        f"Please try again in {minutes} {unit}, or ask to talk to a person."
    )


def _view(order: Order) -> OrderView:
    items = [
        item.model_copy(update={"name": shortened(item.name, LONGEST_NAME)})
        for item in order.items[:MOST_ITEMS]
    ]
    listed = fitting(items, most_bytes=MOST_ITEM_BYTES)
    fields = order.model_dump(exclude={"customer_id", "email", "items"})
    return OrderView(**fields, items=listed, more_items=len(order.items) - len(listed))
