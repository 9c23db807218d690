"""`python -m services.persistence_worker.migrations`: bring the database to the newest version, and exit."""

import structlog

from services.persistence_worker.migrations.roles import grant_tools_role
from services.persistence_worker.migrations.upgrade import upgrade_to_head
from services.persistence_worker.settings import PersistenceSettings
from services.shared.launch import launch
from services.shared.settings import PostgresSettings, RedisSettings, load_settings
from services.shared.telemetry import configure_logging

log = structlog.get_logger()


async def main() -> None:
    settings = load_settings(PersistenceSettings)
    configure_logging("migrations", load_settings(RedisSettings))
    database = load_settings(PostgresSettings)
    await upgrade_to_head(database, within=settings.migration_wait_seconds)
    if settings.tools_password:
        await grant_tools_role(database, settings.tools_password.get_secret_value())
    log.info("the database is up to date")


if __name__ == "__main__":
    launch(main)
