"""`supportbot migrate`: the database at its newest version."""

import asyncio

from services.cli import stack


def migrate() -> None:
    """Bring the database to the newest version; several may do so at once."""
    from services.persistence_worker.migrations import upgrade_to_head
    from services.persistence_worker.migrations.roles import grant_tools_role
    from services.persistence_worker.settings import PersistenceSettings
    from services.shared.settings import PostgresSettings, load_settings

    stack.use_running_stack()
    settings, database = load_settings(PersistenceSettings), load_settings(PostgresSettings)
    asyncio.run(upgrade_to_head(database, within=settings.migration_wait_seconds))
    if settings.tools_password:
        asyncio.run(grant_tools_role(database, settings.tools_password.get_secret_value()))
    print("The database is up to date.")
