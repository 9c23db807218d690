"""One set of expectations for every source of orders: the demo shop in Postgres, and a shop behind HTTP."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from typing import get_args

import asyncpg
import pytest
from pydantic import SecretStr

from services.shared.settings import PostgresSettings
from services.tools_worker.orders.http import HttpOrders
from services.tools_worker.orders.postgres import PostgresOrders
from services.tools_worker.orders.source import (
    CustomerOrders,
    Order,
    OrderSource,
    OrderSourceError,
    OrderStatus,
)
from tests.eventually import eventually

Respond = Callable[[str, dict[str, str]], tuple[int, str]]
SHORT = timedelta(seconds=0.5)


@contextlib.asynccontextmanager
async def http_shop(respond: Respond) -> AsyncIterator[str]:
    """A shop's HTTP server: `respond` gets path and headers of each request and gives status and body."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        status, body = respond(head[0].split()[1], headers)
        if status:
            payload = body.encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\ncontent-length: {len(payload)}\r\nconnection: close\r\n\r\n".encode()
            )
            writer.write(payload)
        else:
            await reader.read()  # never answers; ends when the client gives up
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/shop"
    finally:
        server.close()


@pytest.fixture(params=["postgres", "http"])
async def orders(
    request: pytest.FixtureRequest, postgres_settings: PostgresSettings
) -> AsyncIterator[OrderSource]:
    postgres = PostgresOrders(postgres_settings.database_url.get_secret_value(), timeout=timedelta(seconds=5))
    try:
        if request.param == "postgres":
            yield postgres
            return
        known = {order_id: await postgres.get(order_id) for order_id in ("1001", "1042", "1060")}
        of_ada = await postgres.list_for("cus_ada", 3)

        def respond(path: str, headers: dict[str, str]) -> tuple[int, str]:  # noqa: ARG001
            if path == "/shop/customers/cus_ada/orders?limit=3":
                return 200, of_ada.model_dump_json()
            order = known.get(path.removeprefix("/shop/orders/"))
            return (200, order.model_dump_json()) if order else (404, "{}")

        async with http_shop(respond) as url:
            http = HttpOrders(url, timeout=timedelta(seconds=5))
            yield http
            await http.close()
    finally:
        await postgres.close()


async def test_an_order_comes_with_its_status_dates_items_and_owner(orders: OrderSource) -> None:
    order = await orders.get("1042")
    assert order
    assert (order.order_id, order.status, order.customer_id, order.email) == (
        "1042",
        "shipped",
        "cus_ada",
        "ada@example.com",
    )
    assert order.shipped_at
    assert order.expected_at
    assert order.tracking_number
    assert [(item.name, item.quantity) for item in order.items] == [
        ("Ridgeline 3L Rain Shell", 1),
        ("Merino Trail Socks", 2),
    ]
    assert order.total == Decimal("227.00")


async def test_there_is_no_order_of_an_unknown_number(orders: OrderSource) -> None:
    assert await orders.get("9999") is None


async def test_an_odd_number_is_an_unknown_one(orders: OrderSource) -> None:
    assert await orders.get("1042' OR '1'='1") is None
    assert await orders.get("../1042?x=1#") is None


async def test_a_customer_s_newest_orders_come_first_with_the_number_of_all(orders: OrderSource) -> None:
    found = await orders.list_for("cus_ada", 3)
    assert [order.order_id for order in found.orders] == ["1058", "1053", "1042"]
    assert found.total == 7
    assert [item.name for item in found.orders[2].items] == ["Ridgeline 3L Rain Shell", "Merino Trail Socks"]
    assert {order.customer_id for order in found.orders} == {"cus_ada"}


async def test_an_unknown_customer_has_no_orders(orders: OrderSource) -> None:
    assert await orders.list_for("cus_ada' OR '1'='1", 3) == CustomerOrders(orders=(), total=0)


async def test_the_demo_shop_has_orders_in_every_status(
    database: asyncpg.Connection, orders: OrderSource
) -> None:
    rows = await database.fetch("SELECT status, count(*) FROM shop.orders GROUP BY status")
    assert {row["status"] for row in rows} == set(get_args(OrderStatus))
    assert sum(row["count"] for row in rows) >= 40
    assert await orders.get("1001")


async def test_every_total_of_the_demo_shop_is_the_sum_of_its_parts(database: asyncpg.Connection) -> None:
    wrong = await database.fetch(
        "SELECT order_id FROM shop.orders JOIN shop.order_items USING (order_id)"
        " GROUP BY order_id HAVING sum(quantity * unit_price) + max(shipping_fee) <> max(total)"
    )
    assert wrong == []


async def test_dates_of_the_demo_shop_follow_each_other(database: asyncpg.Connection) -> None:
    wrong = await database.fetch(
        "SELECT order_id FROM shop.orders WHERE NOT (placed_at < coalesce(shipped_at, 'infinity')"
        " AND coalesce(shipped_at, placed_at) < coalesce(delivered_at, 'infinity')"
        " AND coalesce(delivered_at, placed_at) < coalesce(returned_at, 'infinity')"
        " AND coalesce(returned_at, placed_at) < coalesce(refunded_at, 'infinity'))"
    )
    assert wrong == []


async def test_the_worker_s_connection_cannot_write(postgres_settings: PostgresSettings) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    source = PostgresOrders(postgres_settings.database_url.get_secret_value(), timeout=timedelta(seconds=5))
    async with source._engine.connect() as connection:
        with pytest.raises(DBAPIError, match="read-only"):
            await connection.execute(text("DELETE FROM shop.order_items"))
    await source.close()


async def test_a_database_that_is_away_is_reported_and_used_again_when_it_is_back(
    postgres_settings: PostgresSettings, database: asyncpg.Connection
) -> None:
    source = PostgresOrders(postgres_settings.database_url.get_secret_value(), timeout=timedelta(seconds=5))
    assert await source.get("1042")
    await database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tools_worker'"
        " AND datname = current_database()"
    )
    assert await eventually(lambda: source.get("1042"))
    await source.close()


async def test_a_database_that_cannot_be_reached_is_a_source_error(unused_tcp_port: int) -> None:
    source = PostgresOrders(f"postgresql+asyncpg://x:y@127.0.0.1:{unused_tcp_port}/z", timeout=SHORT)
    with pytest.raises(OrderSourceError):
        await source.get("1042")
    assert "does not answer" in str(await source.problem())
    await source.close()


def _order(**changed: object) -> str:
    order = {
        "order_id": "1042",
        "customer_id": "c",
        "email": "e@example.com",
        "status": "shipped",
        "placed_at": "2026-11-17T14:38:00Z",
        "items": [],
        "total": "1.00",
        "currency": "USD",
    }
    return json.dumps(order | changed)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, ""),
        (503, "busy"),
        (401, "{}"),
        (302, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, _order(status="lost in space")),
        (200, _order(order_id="1043")),
        (200, _order(placed_at="2026-11-17T14:38:00")),
        (0, ""),
    ],
)
async def test_an_answer_that_is_not_as_agreed_is_a_source_error(status: int, body: str) -> None:
    async with http_shop(lambda _path, _headers: (status, body)) as url:
        source = HttpOrders(url, timeout=SHORT)
        with pytest.raises(OrderSourceError):
            await source.get("1042")
        with pytest.raises(OrderSourceError):
            await source.list_for("cus_ada", 5)
        await source.close()


@pytest.mark.parametrize("written", ["w2378156", "#W2378156"])
async def test_a_shop_may_write_its_order_numbers_in_its_own_way(written: str) -> None:
    async with http_shop(lambda _path, _headers: (200, _order(order_id=written))) as url:
        source = HttpOrders(url, timeout=SHORT)
        order = await source.get("W2378156")
        assert order
        assert order.order_id == "W2378156"
        await source.close()


async def test_an_order_of_another_customer_in_a_list_is_a_source_error() -> None:
    body = f'{{"orders": [{_order()}], "total": 1}}'
    async with http_shop(lambda _path, _headers: (200, body)) as url:
        source = HttpOrders(url, timeout=SHORT)
        assert (await source.list_for("c", 5)).total == 1
        with pytest.raises(OrderSourceError, match="another customer"):
            await source.list_for("d", 5)
        await source.close()


async def test_more_orders_than_were_asked_for_are_cut_off() -> None:
    body = f'{{"orders": [{_order()}, {_order(order_id="1043")}], "total": 2}}'
    async with http_shop(lambda _path, _headers: (200, body)) as url:
        source = HttpOrders(url, timeout=SHORT)
        assert [order.order_id for order in (await source.list_for("c", 1)).orders] == ["1042"]
        await source.close()


async def test_the_token_is_sent_and_what_is_not_known_of_the_order_is_ignored() -> None:
    seen: list[str] = []

    def respond(_path: str, headers: dict[str, str]) -> tuple[int, str]:
        seen.append(headers.get("authorization", ""))
        return 200, _order(warehouse="west")

    async with http_shop(respond) as url:
        source = HttpOrders(url, timeout=SHORT, token=SecretStr("t0ken"))
        assert isinstance(await source.get("1042"), Order)
        assert await source.problem() is None
        await source.close()
    assert seen == ["bearer t0ken"] * 2


async def test_a_shop_that_cannot_be_reached_is_a_source_error(unused_tcp_port: int) -> None:
    source = HttpOrders(f"http://127.0.0.1:{unused_tcp_port}", timeout=SHORT)
    with pytest.raises(OrderSourceError):
        await source.get("1042")
    assert "do not answer" in str(await source.problem())
    await source.close()
