"""The migrations on a real Postgres."""

import asyncio
import os
import sys

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from services.persistence_worker.migrations import upgrade_to_head
from services.persistence_worker.migrations.upgrade import alembic_config
from services.shared.errors import SetupError
from services.shared.settings import PostgresSettings

# What a database has of tables, columns and indexes, in one comparable value.
SHAPE = """
    SELECT table_schema || '.' || table_name || '.' || column_name || ' ' || data_type AS line
    FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    UNION SELECT indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    ORDER BY line
"""


@pytest.fixture
def empty_database(empty_database_url: str) -> PostgresSettings:
    return PostgresSettings(database_url=empty_database_url)


async def shape(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row["line"] for row in await connection.fetch(SHAPE)]
    finally:
        await connection.close()


def revisions(config: Config) -> list[str]:
    """Every revision, the oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


async def test_each_migration_leaves_nothing_behind_when_it_is_taken_back(
    empty_database: PostgresSettings, empty_database_url: str
) -> None:
    config = alembic_config(empty_database)
    steps = revisions(config)
    assert steps[0] == "20261122_events"
    await asyncio.to_thread(command.ensure_version, config)
    for step in steps:
        before = await shape(empty_database_url)
        await asyncio.to_thread(command.upgrade, config, step)
        after = await shape(empty_database_url)
        assert after != before
        await asyncio.to_thread(command.downgrade, config, "-1")
        assert await shape(empty_database_url) == before
        await asyncio.to_thread(command.upgrade, config, step)
        assert await shape(empty_database_url) == after


async def test_the_tables_are_those_of_the_models_when_all_migrations_ran(
    postgres_settings: PostgresSettings,
) -> None:
    await asyncio.to_thread(command.check, alembic_config(postgres_settings))


async def test_all_succeed_when_many_processes_migrate_at_once(
    database_url: str, empty_database_url: str
) -> None:
    async def migrate() -> int:
        command = (sys.executable, "-m", "services.persistence_worker.migrations")
        environment = {**os.environ, "DATABASE_URL": empty_database_url}
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        return await process.wait()

    assert await asyncio.gather(*(migrate() for _ in range(4))) == [0, 0, 0, 0]
    assert await shape(empty_database_url) == await shape(database_url)


async def test_migrating_says_what_to_do_when_the_database_never_answers(unused_tcp_port: int) -> None:
    settings = PostgresSettings(database_url=f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/x")
    with pytest.raises(SetupError, match=r"cannot migrate the database .*check DATABASE_URL"):
        await upgrade_to_head(settings, within=0)


async def test_migrating_fails_at_once_when_the_database_does_not_exist(empty_database_url: str) -> None:
    missing = PostgresSettings(database_url=empty_database_url.replace("supportbot_test", "missing"))
    with pytest.raises(SetupError, match="InvalidCatalogName"):
        await upgrade_to_head(missing)
