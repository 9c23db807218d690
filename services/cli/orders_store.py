"""Orders into the demo shop's tables: all of a file, or nothing of it."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import asyncpg

from services.cli import orders_sql
from services.cli.errors import CommandError
from services.cli.orders_file import Line, OrderLine, Problems
from services.tools_worker.orders.source import OrderFacts

if TYPE_CHECKING:
    from services.shared.settings import PostgresSettings

BATCH = 1_000
_FACTS = [name for name in OrderFacts.model_fields if name != "items"]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What an import did, or would have done."""

    new: int
    changed: int
    same: int

    @property
    def all(self) -> int:
        return self.new + self.changed + self.same


@dataclass(frozen=True, kw_only=True)
class Imported:
    orders: Counts
    customers: Counts


class BadFileError(Exception):
    """The file has problems, which are told; nothing was imported."""


@asynccontextmanager
async def shop_database(settings: "PostgresSettings") -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database of the demo shop; what is wrong with it is one line for the user."""
    url = settings.database_url.get_secret_value().replace("+asyncpg", "")
    try:
        connection = await asyncpg.connect(url, timeout=5, server_settings={"application_name": "cli"})
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
        reason = error or type(error).__name__
        raise CommandError(
            f"Postgres does not answer ({reason}): is `supportbot up` running, or DATABASE_URL right?"
        ) from None
    try:
        yield connection
    except (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedTableError):
        raise CommandError("the shop has no tables yet: run `supportbot migrate`") from None
    except asyncpg.LockNotAvailableError:
        raise CommandError("another import is at work: try again when it has ended") from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise CommandError(f"Postgres refused or went away ({error}); nothing was imported") from None
    finally:
        await connection.close()


async def import_lines(
    connection: asyncpg.Connection, lines: Iterable[Line], problems: Problems, *, dry_run: bool
) -> Imported:
    """Import all lines in one transaction. Raises BadFileError, with nothing done, when there are problems."""
    async with connection.transaction():
        await connection.execute(orders_sql.STAGE)
        for batch in _batches(lines):
            if not problems.count:
                await _stage(connection, batch)
        if not problems.count:
            await _contradictions(connection, problems)
        if problems.count:
            raise BadFileError
        if not dry_run:
            await connection.execute(orders_sql.LOCK)
        await connection.execute(orders_sql.COMPARE)
        imported = Imported(
            orders=await _count(connection, "order_verdicts"),
            customers=await _count(connection, "customer_verdicts"),
        )
        if not dry_run:
            await connection.execute(orders_sql.APPLY)
    return imported


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        yield batch


async def _stage(connection: asyncpg.Connection, batch: list[Line]) -> None:
    orders = [(line.number, line.order) for line in batch if line.order]
    customers = [(line.number, line.customer) for line in batch]
    for table, columns, rows in (
        (
            "staged_customers",
            ["line", "customer_id", "name", "email"],
            [(number, one.customer_id, one.name, one.email) for number, one in customers],
        ),
        ("staged_lines", ["line", "order_id"], [(number, order.order_id) for number, order in orders]),
        ("staged_orders", ["customer_id", *_FACTS], [_order_row(order) for _, order in orders]),
        (
            "staged_items",
            ["order_id", "position", "name", "quantity", "unit_price"],
            [row for _, order in orders for row in _item_rows(order)],
        ),
    ):
        await connection.copy_records_to_table(table, records=rows, columns=columns)


def _order_row(order: OrderLine) -> tuple[object, ...]:
    return (order.customer.customer_id, *(getattr(order, name) for name in _FACTS))


def _item_rows(order: OrderLine) -> Iterator[tuple[object, ...]]:
    for position, item in enumerate(order.items, start=1):
        yield order.order_id, position, item.name, item.quantity, item.unit_price


async def _contradictions(connection: asyncpg.Connection, problems: Problems) -> None:
    """What no line shows alone: an order that comes twice, a customer who is two people."""
    for query, where, what in (
        (orders_sql.REPEATED_ORDERS, "order_id", "stands in line {first} already: keep one of the two"),
        (
            orders_sql.CONTRADICTING_CUSTOMERS,
            "customer",
            "has another name or e-mail address than in line {first}: use one",
        ),
    ):
        async for row in connection.cursor(query):
            problems.add(row["line"], where, what.format(first=row["first"]))


async def _count(connection: asyncpg.Connection, verdicts: str) -> Counts:
    rows = await connection.fetch(f"SELECT verdict, count(*) FROM {verdicts} GROUP BY verdict")  # noqa: S608
    counts = {row["verdict"]: row["count"] for row in rows}
    return Counts(**{verdict: counts.get(verdict, 0) for verdict in ("new", "changed", "same")})
