"""Fixtures of all tests: real servers, clean for each test.

`redis_client` and `database_url` give a test a state of its own; `redis_url` and `postgres_url` are the
servers.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from services.persistence_worker.migrations import upgrade_to_head
from services.shared.settings import PostgresSettings, RedisSettings
from tests.servers import database_on, postgres_server, redis_server

_origins = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_origins] = {}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where tests run side by side, each process reports the servers that it used."""
    if (report := getattr(session.config, "workeroutput", None)) is not None:
        report["origins"] = session.config.stash[_origins]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_origins].update(getattr(node, "workeroutput", {}).get("origins", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, origin in config.stash[_origins].items():
        terminalreporter.write_line(f"{name}: {origin}")


@pytest.fixture(scope="session")
def redis_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The Redis server of this run. Ask for `redis_client` too, and it is empty."""
    with redis_server() as server:
        pytestconfig.stash[_origins]["redis"] = server.origin
        yield server.url


@pytest.fixture
async def redis_client(redis_url: str) -> AsyncIterator[Redis]:
    """A client of the server, its database emptied before the test."""
    client = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
def redis_settings(redis_url: str, redis_client: Redis) -> RedisSettings:  # noqa: ARG001 (empties the database)
    """Settings of a service on the server, its database emptied before the test."""
    return RedisSettings(redis_url=redis_url)


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The Postgres server of this run, as its administrator. Ask for `database_url` to have tables."""
    with postgres_server() as server:
        pytestconfig.stash[_origins]["postgres"] = server.origin
        yield server.url


@pytest.fixture(scope="session")
async def _template(postgres_url: str) -> AsyncIterator[str]:
    """The name of a database with every migration, to be copied."""
    name = f"supportbot_template_{uuid4().hex}"
    await _execute(postgres_url, f"CREATE DATABASE {name}")
    await upgrade_to_head(PostgresSettings(database_url=database_on(postgres_url, name)))
    yield name
    await _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """A database of this test alone, without any table."""
    name = f"supportbot_test_{uuid4().hex}"
    await _execute(postgres_url, f"CREATE DATABASE {name}")
    yield database_on(postgres_url, name)
    await _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database_url(postgres_url: str, _template: str) -> AsyncIterator[str]:
    """A migrated database of this test alone."""
    name = f"supportbot_test_{uuid4().hex}"
    await _execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {_template}")
    yield database_on(postgres_url, name)
    await _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_settings(database_url: str) -> PostgresSettings:
    """Settings of a service on a migrated database of this test alone."""
    return PostgresSettings(database_url=database_url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection to the test's database, to look with one's own eyes."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
