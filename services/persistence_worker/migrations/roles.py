"""The database role of the tools worker, which reads the shop and nothing else."""

import asyncpg
import structlog

from services.persistence_worker.database import describe
from services.shared.errors import SetupError
from services.shared.settings import PostgresSettings

TOOLS_ROLE = "supportbot_tools"

_STATEMENTS = f"""
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {TOOLS_ROLE};
GRANT USAGE ON SCHEMA shop TO {TOOLS_ROLE};
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO {TOOLS_ROLE};
ALTER ROLE {TOOLS_ROLE} SET default_transaction_read_only = on;
"""

log = structlog.get_logger()


async def grant_tools_role(settings: PostgresSettings, password: str) -> None:
    """Make the role, or renew its password and rights. Raises SetupError when we may not."""
    url = settings.database_url.get_secret_value().replace("+asyncpg", "")
    connection = await asyncpg.connect(url, timeout=5)
    try:
        async with connection.transaction():
            # Of several that start at once one is first; a role belongs to the whole server.
            await connection.execute("LOCK TABLE shop.orders IN SHARE ROW EXCLUSIVE MODE")
            there = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", TOOLS_ROLE)
            verb = "ALTER" if there else "CREATE"
            statement = await connection.fetchval(
                "SELECT format($1 || ' ROLE %I LOGIN PASSWORD %L', $2::text, $3::text)",
                verb,
                TOOLS_ROLE,
                password,
            )
            await connection.execute(statement)
            await connection.execute(_STATEMENTS)
    except asyncpg.PostgresError as error:
        raise SetupError(
            f"cannot make the role {TOOLS_ROLE} ({describe(error)}); the user of DATABASE_URL needs CREATEROLE, "
            "or leave PERSISTENCE_TOOLS_PASSWORD empty"
        ) from error
    finally:
        await connection.close()
    log.info("the tools worker's role is ready", role=TOOLS_ROLE)
