"""`supportbot orders import` on a real Postgres, and what the bot then finds."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.shared.settings import PostgresSettings
from services.tools_worker.orders.postgres import PostgresOrders

Json = dict[str, Any]

STATUS_EXPECTED = (
    "should be 'awaiting_payment', 'processing', 'packed', 'partially_shipped', 'shipped', 'out_for_delivery', "
    "'delayed', 'delivered', 'cancelled', 'returned' or 'refunded'; it is 'lost'"
)


def a_line(order_id: str = "#w2378156", **changed: Any) -> Json:
    line = {
        "order_id": order_id,
        "customer": {"customer_id": "yusuf", "name": "Yusuf Rossi", "email": "Yusuf@Example.com"},
        "status": "delivered",
        "placed_at": "2026-11-17T14:38:00+01:00",
        "items": [
            {"name": "Office Chair", "quantity": 1, "unit_price": 488.81},
            {"name": "Water Bottle", "quantity": 2, "unit_price": "47.84"},
        ],
        "total": "584.49",
        "currency": "USD",
    }
    return line | changed


class Shop:
    def __init__(self, settings: PostgresSettings, folder: Path) -> None:
        self.url = settings.database_url.get_secret_value()
        self.file = folder / "orders.jsonl"
        self.environment = {"DATABASE_URL": self.url.replace("+asyncpg", "")}

    async def load(self, lines: Sequence[Json | str], *options: str) -> tuple[int, str, str]:
        """Import these lines; exit code and output."""
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        self.file.write_text("\n".join(texts))
        arguments = ["orders", "import", str(self.file), *options]
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=self.environment)
        return result.exit_code, result.stdout, result.stderr

    async def run(self, *arguments: str, stdin: bytes = b"", **environment: str) -> tuple[int, str, str]:
        """The same as a program of its own."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from services.cli.app import main; main()",
            *("orders", "import", *arguments),
            env={**os.environ, **self.environment, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(stdin), 60)
        return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture
def shop(postgres_settings: PostgresSettings, tmp_path: Path) -> Shop:
    return Shop(postgres_settings, tmp_path)


async def everything(database: asyncpg.Connection) -> list[str]:
    """Every row of the shop, with the moment of its writing."""
    rows = await database.fetch(
        "SELECT t::text || xmin::text FROM shop.customers t UNION ALL SELECT t::text || xmin::text FROM shop.orders t"
        " UNION ALL SELECT t::text || xmin::text FROM shop.order_items t"
    )
    return sorted(row[0] for row in rows)


async def test_an_imported_order_is_found_as_its_file_has_it(shop: Shop) -> None:
    code, out, _ = await shop.load(
        [a_line(), {"customer": {"customer_id": "new", "email": "new@example.com"}}]
    )
    assert (code, out) == (
        0,
        "1 order: 1 new, 0 changed, 0 the same; 2 customers: 2 new, 0 changed, 0 the same\n",
    )
    source = PostgresOrders(shop.url, timeout=timedelta(seconds=5))
    order = await source.get("W2378156")
    await source.close()
    assert order
    assert (order.customer_id, order.email, order.total) == ("yusuf", "yusuf@example.com", Decimal("584.49"))
    assert order.placed_at.isoformat() == "2026-11-17T13:38:00+00:00"
    assert [(item.name, item.quantity, item.unit_price) for item in order.items] == [
        ("Office Chair", 1, Decimal("488.81")),
        ("Water Bottle", 2, Decimal("47.84")),
    ]


async def test_a_second_import_of_a_file_writes_nothing(shop: Shop, database: asyncpg.Connection) -> None:
    lines = [
        a_line(),
        a_line("0042", items=[]),
        {"customer": {"customer_id": "new", "email": "new@example.com"}},
    ]
    await shop.load(lines)
    before = await everything(database)
    code, out, _ = await shop.load(lines)
    assert (code, out) == (
        0,
        "2 orders: 0 new, 0 changed, 2 the same; 2 customers: 0 new, 0 changed, 2 the same\n",
    )
    assert await everything(database) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "returned"},
        {"carrier": "UPS"},
        {"items": []},
        {"items": [{"name": "Office Chair", "quantity": 1, "unit_price": "488.82"}]},
    ],
    ids=["status", "carrier", "no items", "other items"],
)
async def test_what_has_changed_is_written_over_and_nothing_else(
    shop: Shop, database: asyncpg.Connection, changed: Json
) -> None:
    await shop.load([a_line(), a_line("W1")])
    before = await everything(database)
    code, out, _ = await shop.load([a_line(**changed), a_line("W1")])
    assert (code, out.partition(";")[0]) == (0, "2 orders: 0 new, 1 changed, 1 the same")
    assert all("W2378156" in row for row in set(before) - set(await everything(database)))
    assert (await shop.load([a_line(**changed)]))[1].startswith("1 order: 0 new, 0 changed, 1 the same")


async def test_a_customer_s_new_address_is_taken_over(shop: Shop, database: asyncpg.Connection) -> None:
    await shop.load([a_line()])
    moved = {"customer_id": "yusuf", "name": "Yusuf Rossi", "email": "y@example.net"}
    _, out, _ = await shop.load([a_line(customer=moved)])
    assert out.endswith("1 customer: 0 new, 1 changed, 0 the same\n")
    assert (
        await database.fetchval("SELECT email FROM shop.customers WHERE customer_id = 'yusuf'")
        == "y@example.net"
    )


async def test_two_customers_may_have_one_address(shop: Shop) -> None:
    twin = {"customer_id": "guest-2", "email": "yusuf@example.com"}
    assert (await shop.load([a_line(), a_line("W1", customer=twin)]))[0] == 0


async def test_a_dry_run_counts_and_writes_nothing(shop: Shop, database: asyncpg.Connection) -> None:
    await shop.load([a_line()])
    before = await everything(database)
    code, out, _ = await shop.load([a_line(status="refunded"), a_line("W1"), a_line("W2")], "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "3 orders: 2 new, 1 changed, 0 the same; 1 customer: 0 new, 0 changed, 1 the same",
        "Nothing was written.",
    ]
    assert await everything(database) == before


async def test_one_wrong_line_keeps_the_whole_file_out_and_every_problem_is_told(
    shop: Shop, database: asyncpg.Connection
) -> None:
    before = await everything(database)
    code, out, err = await shop.load(
        [a_line(), a_line("W1", status="lost", colour="red"), "", "{", a_line("w2378156"), a_line("W3")]
    )
    assert (code, out) == (1, "")
    assert [line.removeprefix(f"{shop.file}:") for line in err.splitlines()] == [
        "2: status: " + STATUS_EXPECTED,
        "2: colour: is not known: remove it, or correct its name",
        "4: line: is not JSON (unexpected end of data, column 2): write one object a line, in UTF-8",
        "3 problems; nothing was imported",
    ]
    assert await everything(database) == before


async def test_lines_that_contradict_each_other_are_told(shop: Shop, database: asyncpg.Connection) -> None:
    before = await everything(database)
    other = {"customer_id": "yusuf", "name": "Yusuf Rossi", "email": "other@example.com"}
    code, _, err = await shop.load([a_line(), a_line("W1", customer=other), a_line("W2"), a_line("W2378156")])
    assert code == 1
    assert [line.removeprefix(f"{shop.file}:") for line in err.splitlines()] == [
        "4: order_id: stands in line 1 already: keep one of the two",
        "2: customer: has another name or e-mail address than in line 1: use one",
        "2 problems; nothing was imported",
    ]
    assert await everything(database) == before


async def test_of_very_many_problems_the_first_are_shown_and_all_counted(shop: Shop) -> None:
    code, _, err = await shop.load(["[]"] * 500)
    assert code == 1
    assert err.splitlines()[-2:] == ["… and 480 more", "500 problems; nothing was imported"]
    assert len(err.splitlines()) == 22


async def test_orders_come_from_a_pipe_too(shop: Shop) -> None:
    lines = "".join(json.dumps(a_line(f"W{number}")) + "\n" for number in range(2_500))
    code, out, err = await shop.run("-", stdin=lines.encode())
    assert (code, out.partition(":")[0], err) == (0, "2,500 orders", "")


async def test_a_file_that_is_not_there_is_wrong_usage(shop: Shop) -> None:
    code, _, err = await shop.run("/nowhere/orders.jsonl")
    assert code == 2
    assert "/nowhere/orders.jsonl" in err


async def test_a_database_that_is_not_there_or_not_ready_is_one_line(
    shop: Shop, empty_database_url: str, unused_tcp_port: int
) -> None:
    shop.file.write_text(json.dumps(a_line()))
    away = await shop.run(str(shop.file), DATABASE_URL=f"postgresql://x:y@127.0.0.1:{unused_tcp_port}/z")
    assert away[0] == 1
    assert away[2].startswith("supportbot: Postgres does not answer")
    assert len(away[2].splitlines()) == 1
    empty = await shop.run(str(shop.file), DATABASE_URL=empty_database_url)
    assert (empty[0], empty[2]) == (1, "supportbot: the shop has no tables yet: run `supportbot migrate`\n")


async def test_a_role_that_may_not_write_is_told_so_in_one_line(
    shop: Shop, database: asyncpg.Connection
) -> None:
    role = f"reader_{uuid4().hex}"
    await database.execute(f"CREATE ROLE {role}; GRANT USAGE ON SCHEMA shop TO {role}")
    shop.file.write_text(json.dumps(a_line()))
    url = shop.environment["DATABASE_URL"]
    as_role = f"{url}{'&' if '?' in url else '?'}role={role}"
    try:
        code, _, err = await shop.run(str(shop.file), DATABASE_URL=as_role)
    finally:
        await database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert code == 1
    assert err.startswith("supportbot: Postgres refused or went away (permission denied for ")
    assert len(err.splitlines()) == 1


async def test_two_imports_at_once_do_not_disturb_each_other(
    shop: Shop, database: asyncpg.Connection
) -> None:
    lines = "".join(json.dumps(a_line(f"W{number}")) + "\n" for number in range(300)).encode()
    runs = await asyncio.gather(shop.run("-", stdin=lines), shop.run("-", stdin=lines))
    assert [code for code, _, _ in runs] == [0, 0]
    assert sorted(out.partition(",")[0] for _, out, _ in runs) == ["300 orders: 0 new", "300 orders: 300 new"]
    assert await database.fetchval("SELECT count(*) FROM shop.order_items WHERE order_id LIKE 'W%'") == 600


async def test_the_user_is_told_when_the_bot_looks_elsewhere_for_orders(shop: Shop) -> None:
    shop.file.write_text(json.dumps(a_line()))
    elsewhere = {"TOOLS_ORDER_SOURCE": "http", "TOOLS_ORDERS_URL": "http://shop.example.com"}
    code, _, err = await shop.run(str(shop.file), **elsewhere)
    assert (code, err) == (
        0,
        "The bot looks orders up elsewhere: TOOLS_ORDER_SOURCE is http, not postgres.\n",
    )
