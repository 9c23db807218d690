"""Orders in Postgres: the demo shop's schema `shop`."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy import RowMapping, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.tools_worker.orders.source import Order, OrderItem, OrderSourceError
from services.tools_worker.orders.tables import customers, order_items, orders

_ORDER = (
    select(orders, customers.c.email, order_items.c.name, order_items.c.quantity, order_items.c.unit_price)
    .join_from(orders, customers, customers.c.customer_id == orders.c.customer_id)
    .outerjoin(order_items, order_items.c.order_id == orders.c.order_id)
    .order_by(order_items.c.position)
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
        try:
            async with self._engine.connect() as connection:
                result = await connection.execute(_ORDER.where(orders.c.order_id == order_id))
                rows = result.mappings().all()
            return _order(rows) if rows else None
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


def _order(rows: Sequence[RowMapping]) -> Order:
    """An order from its rows, one for each item; an order without items has one row."""
    items = [OrderItem.model_validate(row) for row in rows if row["name"] is not None]
    return Order.model_validate({**rows[0], "items": items})
