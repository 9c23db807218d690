"""`supportbot migrate`: the database at its newest version."""

import asyncio

from services.cli import stack


def migrate() -> None:
    """Bring the database to the newest version; several may do so at once."""
    from services.persistence_worker.migrations import upgrade_to_head
    from services.persistence_worker.settings import PersistenceSettings
    from services.shared.settings import PostgresSettings, load_settings

    stack.use_running_stack()
    waits = load_settings(PersistenceSettings).migration_wait_seconds
    asyncio.run(upgrade_to_head(load_settings(PostgresSettings), within=waits))
    print("The database is up to date.")
