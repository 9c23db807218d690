"""Orders in Postgres: the demo shop's schema `shop`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from pydantic import ValidationError
from sqlalchemy import Executable, RowMapping, Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.tools_worker.orders.source import CustomerOrders, Order, OrderItem, OrderSourceError
from services.tools_worker.orders.tables import customers, order_items, orders

_ITEM = (order_items.c.name, order_items.c.quantity, order_items.c.unit_price)
_ORDER = (
    select(orders, customers.c.email, *_ITEM)
    .join_from(orders, customers, customers.c.customer_id == orders.c.customer_id)
    .outerjoin(order_items, order_items.c.order_id == orders.c.order_id)
    .order_by(order_items.c.position)
)


def _orders_of(customer_id: str, limit: int) -> Select[tuple[object, ...]]:
    """The customer's newest orders; `in_all` counts those beyond the limit, too."""
    newest = (
        select(orders, customers.c.email, func.count().over().label("in_all"))
        .join_from(orders, customers, customers.c.customer_id == orders.c.customer_id)
        .where(orders.c.customer_id == customer_id)
        .order_by(orders.c.placed_at.desc(), orders.c.order_id.desc())
        .limit(limit)
        .subquery()
    )
    return (
        select(newest, *_ITEM)
        .outerjoin(order_items, order_items.c.order_id == newest.c.order_id)
        .order_by(newest.c.placed_at.desc(), newest.c.order_id.desc(), order_items.c.position)
    )


class PostgresOrders:
    """An OrderSource; `url` is SQLAlchemy's, with asyncpg."""

    def __init__(self, url: str, *, timeout: timedelta, connections: int = 10) -> None:
        seconds = timeout.total_seconds()
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=seconds,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "timeout": seconds,
                "command_timeout": seconds,
                "server_settings": {
                    "application_name": "tools_worker",
                    "default_transaction_read_only": "on",
                },
            },
        )

    async def get(self, order_id: str) -> Order | None:
        found = await self._ask(_ORDER.where(orders.c.order_id == order_id))
        return found.orders[0] if found.orders else None

    async def list_for(self, customer_id: str, limit: int) -> CustomerOrders:
        return await self._ask(_orders_of(customer_id, limit))

    async def _ask(self, statement: Executable) -> CustomerOrders:
        try:
            async with self._engine.connect() as connection:
                rows = (await connection.execute(statement)).mappings().all()
            found = tuple(_orders(rows))
            total = rows[0].get("in_all", len(found)) if rows else 0
            return CustomerOrders(orders=found, total=total)
        except (SQLAlchemyError, OSError, ValidationError) as error:
            raise OrderSourceError(f"postgres: {type(error).__name__}") from error

    async def problem(self) -> str | None:
        try:
            async with self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            return f"postgres does not answer: {type(error).__name__}"
        return None

    async def close(self) -> None:
        await self._engine.dispose()


def _orders(rows: Sequence[RowMapping]) -> Iterator[Order]:
    """Orders from their rows, one for each item; an order without items has one row."""
    for _, group in groupby(rows, key=lambda row: row["order_id"]):
        order = list(group)
        items = [OrderItem.model_validate(row) for row in order if row["name"] is not None]
        yield Order.model_validate({**order[0], "items": items})
