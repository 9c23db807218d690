"""Is Postgres there, and at the newest version of the tables?"""

import asyncpg
from alembic.script import ScriptDirectory

from services.cli.doctor.finding import Finding, fail, ok
from services.persistence_worker.migrations.upgrade import alembic_config
from services.shared.settings import PostgresSettings


async def check_postgres(settings: PostgresSettings) -> Finding:
    url = settings.database_url.get_secret_value().replace("+asyncpg", "")
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
        return fail(
            "postgres",
            f"no connection: {error or type(error).__name__}",
            "start it (`supportbot up`), or correct DATABASE_URL",
        )
    try:
        return await _version(connection, settings)
    finally:
        await connection.close()


async def _version(connection: "asyncpg.Connection", settings: PostgresSettings) -> Finding:
    server = await connection.fetchval("SHOW server_version")
    newest = set(ScriptDirectory.from_config(alembic_config(settings)).get_heads())
    try:
        there = {
            row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")
        }
    except asyncpg.UndefinedTableError:
        there = set()
    if there != newest:
        text = f"Postgres {server}, tables at {', '.join(sorted(there)) or 'no version'}"
        return fail("postgres", text, "`supportbot migrate` brings them to the newest")
    return ok("postgres", f"Postgres {server}, tables at {', '.join(sorted(there))}")
