"""Orders into the demo shop's tables: all of a file, or nothing of it."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import asyncpg

from services.cli.errors import CommandError
from services.cli.orders_file import Line, OrderLine, Problems
from services.tools_worker.orders.source import OrderFacts

if TYPE_CHECKING:
    from services.shared.settings import PostgresSettings

BATCH = 1_000
_FACTS = [name for name in OrderFacts.model_fields if name != "items"]

# The file's lines go into tables of this transaction alone, so that no file is too large for the memory here.
_STAGE = """
SET LOCAL lock_timeout = '10s';
CREATE TEMP TABLE staged_customers (line bigint, customer_id text, name text, email text) ON COMMIT DROP;
CREATE TEMP TABLE staged_lines (line bigint, order_id text) ON COMMIT DROP;
CREATE TEMP TABLE staged_orders (LIKE shop.orders) ON COMMIT DROP;
CREATE TEMP TABLE staged_items (LIKE shop.order_items) ON COMMIT DROP;
"""

_REPEATED_ORDERS = """
SELECT line, first FROM (
    SELECT line, min(line) OVER (PARTITION BY order_id) AS first FROM staged_lines
) AS lines WHERE line <> first ORDER BY line
"""

_CONTRADICTING_CUSTOMERS = """
SELECT line, first FROM (
    SELECT line, first_value(line) OVER same AS first,
        (name, email) <> (first_value(name) OVER same, first_value(email) OVER same) AS differs
    FROM staged_customers WINDOW same AS (PARTITION BY customer_id ORDER BY line)
) AS lines WHERE differs ORDER BY line
"""

# `verdict` says what the import does to each order and customer: new, changed or same.
_COMPARE = """
CREATE INDEX ON staged_items (order_id);
ANALYZE staged_customers, staged_orders, staged_items;
CREATE TEMP TABLE customer_verdicts ON COMMIT DROP AS
SELECT DISTINCT staged.customer_id, staged.name, staged.email, CASE
    WHEN kept.customer_id IS NULL THEN 'new'
    WHEN (kept.name, kept.email) = (staged.name, staged.email) THEN 'same'
    ELSE 'changed' END AS verdict
FROM staged_customers AS staged LEFT JOIN shop.customers AS kept USING (customer_id);
CREATE TEMP TABLE order_verdicts ON COMMIT DROP AS
SELECT staged.order_id, CASE
    WHEN kept.order_id IS NULL THEN 'new'
    WHEN ROW(kept.*) IS NOT DISTINCT FROM ROW(staged.*) AND (
        SELECT array_agg(ROW(position, name, quantity, unit_price) ORDER BY position)
        FROM shop.order_items WHERE order_id = staged.order_id
    ) IS NOT DISTINCT FROM (
        SELECT array_agg(ROW(position, name, quantity, unit_price) ORDER BY position)
        FROM staged_items WHERE order_id = staged.order_id
    ) THEN 'same'
    ELSE 'changed' END AS verdict
FROM staged_orders AS staged LEFT JOIN shop.orders AS kept USING (order_id);
"""

_LOCK = "LOCK TABLE shop.customers, shop.orders, shop.order_items IN SHARE ROW EXCLUSIVE MODE"

_APPLY = """
INSERT INTO shop.customers (customer_id, name, email)
SELECT customer_id, name, email FROM customer_verdicts WHERE verdict <> 'same'
ON CONFLICT (customer_id) DO UPDATE SET name = excluded.name, email = excluded.email;
DELETE FROM shop.orders WHERE order_id IN (SELECT order_id FROM order_verdicts WHERE verdict = 'changed');
INSERT INTO shop.orders
SELECT staged.* FROM staged_orders AS staged JOIN order_verdicts USING (order_id) WHERE verdict <> 'same';
INSERT INTO shop.order_items
SELECT staged.* FROM staged_items AS staged JOIN order_verdicts USING (order_id) WHERE verdict <> 'same';
"""


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
    finally:
        await connection.close()


async def import_lines(
    connection: asyncpg.Connection, lines: Iterable[Line], problems: Problems, *, dry_run: bool
) -> Imported:
    """Import all lines in one transaction. Raises BadFileError, with nothing done, when there are problems."""
    async with connection.transaction():
        await connection.execute(_STAGE)
        for batch in _batches(lines):
            if not problems.count:
                await _stage(connection, batch)
        if not problems.count:
            await _contradictions(connection, problems)
        if problems.count:
            raise BadFileError
        if not dry_run:
            await connection.execute(_LOCK)
        await connection.execute(_COMPARE)
        imported = Imported(
            orders=await _count(connection, "order_verdicts"),
            customers=await _count(connection, "customer_verdicts"),
        )
        if not dry_run:
            await connection.execute(_APPLY)
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
        (_REPEATED_ORDERS, "order_id", "stands in line {first} already: keep one of the two"),
        (
            _CONTRADICTING_CUSTOMERS,
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
