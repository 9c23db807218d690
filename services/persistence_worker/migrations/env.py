"""What Alembic runs: all missing migrations in one transaction, one process at a time."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.persistence_worker.models import metadata
from services.shared.settings import PostgresSettings, load_settings

ADVISORY_LOCK = 0x5B07_D8  # any number that is ours alone


def _migrate(connection: Connection) -> None:
    # Only the default schema is compared with our models; the demo shop's belongs to another service.
    context.configure(connection=connection, target_metadata=metadata, include_schemas=False)
    with context.begin_transaction():
        # Of several that start at once the first migrates; the others wait and find it done.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        # A migration that cannot have its table soon gives up and is tried again: readers never queue behind it.
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()


async def _connect_and_migrate(url: str) -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await engine.dispose()


def _database_url() -> str:
    given: PostgresSettings | None = context.config.attributes.get("settings")
    settings = given or load_settings(PostgresSettings)
    return settings.database_url.get_secret_value()


if context.is_offline_mode():
    context.configure(url=_database_url(), target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(_connect_and_migrate(_database_url()))
