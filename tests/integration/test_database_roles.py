"""What the tools worker's role may do in the database: read the shop, and nothing else."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import make_url

from services.persistence_worker.migrations.roles import TOOLS_ROLE, grant_tools_role
from services.shared.errors import SetupError
from services.shared.settings import PostgresSettings
from services.tools_worker.orders.postgres import PostgresOrders

PASSWORD = 'it\'s-"second"-100%'


@pytest.fixture
async def as_tools(
    postgres_settings: PostgresSettings, database_url: str, database: asyncpg.Connection
) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the tools worker's role."""
    await grant_tools_role(postgres_settings, "first")
    await grant_tools_role(postgres_settings, PASSWORD)
    connection = await asyncpg.connect(database_url, user=TOOLS_ROLE, password=PASSWORD)
    yield connection
    await connection.close()
    await database.execute(f"DROP OWNED BY {TOOLS_ROLE}; DROP ROLE {TOOLS_ROLE}")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM shop.orders",
        "UPDATE shop.customers SET email = 'mallory@example.com'",
        "INSERT INTO shop.customers VALUES ('m', 'm', 'm')",
        "TRUNCATE shop.order_items",
        "DROP TABLE shop.orders",
        "DELETE FROM events",
        "SELECT * FROM events",
        "CREATE TABLE shop.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE ROLE mallory",
    ],
)
async def test_whatever_is_not_reading_the_shop_is_refused(
    as_tools: asyncpg.Connection, statement: str
) -> None:
    await as_tools.execute("SET default_transaction_read_only = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_tools.execute(statement)


@pytest.mark.usefixtures("as_tools")
async def test_the_tools_worker_finds_orders_with_it(postgres_settings: PostgresSettings) -> None:
    url = make_url(postgres_settings.database_url.get_secret_value())
    theirs = url.set(username=TOOLS_ROLE, password=PASSWORD).render_as_string(hide_password=False)
    source = PostgresOrders(theirs, timeout=timedelta(seconds=5))
    assert await source.get("1042")
    assert (await source.list_for("cus_ada", 3)).total == 7
    await source.close()


async def test_a_user_who_may_make_no_roles_is_told_so(
    postgres_settings: PostgresSettings, database: asyncpg.Connection
) -> None:
    await database.execute("CREATE ROLE supportbot_small; GRANT ALL ON SCHEMA shop TO supportbot_small")
    await database.execute("GRANT ALL ON ALL TABLES IN SCHEMA shop TO supportbot_small")
    url = postgres_settings.database_url.get_secret_value()
    small = PostgresSettings(database_url=f"{url}{'&' if '?' in url else '?'}role=supportbot_small")
    try:
        with pytest.raises(SetupError, match="CREATEROLE"):
            await grant_tools_role(small, "x")
    finally:
        await database.execute("DROP OWNED BY supportbot_small; DROP ROLE supportbot_small")


async def test_the_migrations_make_the_role_when_they_are_given_its_password(
    database_url: str, database: asyncpg.Connection
) -> None:
    settings = {"DATABASE_URL": database_url, "PERSISTENCE_TOOLS_PASSWORD": "secret"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.persistence_worker.migrations"), env={**os.environ, **settings}
    )
    assert await asyncio.wait_for(process.wait(), 60) == 0
    connection = await asyncpg.connect(database_url, user=TOOLS_ROLE, password="secret")
    assert await connection.fetchval("SELECT count(*) FROM shop.orders") == 60
    await connection.close()
    await database.execute(f"DROP OWNED BY {TOOLS_ROLE}; DROP ROLE {TOOLS_ROLE}")
