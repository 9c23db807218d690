"""Bring a database to the newest version."""

import asyncio
import time
from pathlib import Path

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError

from services.persistence_worker.database import describe, sqlstate
from services.shared.errors import SetupError
from services.shared.settings import PostgresSettings

RETRY_SECONDS = 0.5

# SQLSTATE classes worth waiting for: connection, resources, operator intervention (starting up, shutting
# down), and a lock that another session holds. No state at all: nobody answered.
_WORTH_WAITING = ("08", "53", "57", "55P03")

log = structlog.get_logger()


def alembic_config(settings: PostgresSettings) -> Config:
    """Alembic's configuration without its file, which installed packages do not have."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["settings"] = settings
    return config


async def upgrade_to_head(settings: PostgresSettings, *, within: float = 60.0) -> None:
    """Run all missing migrations; any number of processes may do so at once.

    Waits up to `within` seconds for a database that does not answer yet. Raises SetupError when it never
    does, or when it refuses us.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            await asyncio.to_thread(command.upgrade, alembic_config(settings), "head")
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            reason = describe(error)
            state = sqlstate(error)
            if (state and not state.startswith(_WORTH_WAITING)) or time.monotonic() > deadline:
                raise SetupError(f"cannot migrate the database ({reason}); check DATABASE_URL") from error
            log.info("waiting for the database", reason=reason)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return
