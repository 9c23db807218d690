"""The connection to Postgres, and what its errors mean for us."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.shared.errors import PermanentError, TransientError
from services.shared.settings import PostgresSettings

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30

# SQLSTATE classes that blame the data: data exception, integrity violation, program limit exceeded.
_DATA_CLASSES = ("22", "23", "54")


def create_engine(settings: PostgresSettings, *, pool_size: int) -> AsyncEngine:
    """An engine whose every wait is bounded and which notices dead connections."""
    return create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=STATEMENT_SECONDS,
        connect_args={"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS},
    )


@asynccontextmanager
async def translated_errors() -> AsyncIterator[None]:
    """Errors of the block as PermanentError when the data is at fault, as TransientError otherwise.

    A missing table or right is transient too: an operator mends it, and the events wait for that.
    """
    try:
        yield
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if _blames_data(error):
            # Without Postgres' message, which quotes the data.
            raise PermanentError(
                f"{type(_driver_error(error)).__name__} {sqlstate(error)}".strip()
            ) from error
        raise TransientError(f"database: {describe(error)}") from error


async def database_problem(engine: AsyncEngine) -> str | None:
    """Why events cannot be stored now, or None."""
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT FROM events LIMIT 1"))
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        return describe(error)
    return None


def sqlstate(error: BaseException) -> str:
    """The five characters that Postgres gave, or nothing when it was not Postgres that spoke."""
    return getattr(_driver_error(error), "sqlstate", None) or ""


def describe(error: BaseException) -> str:
    """One line without the statement and its values."""
    driver_error = _driver_error(error)
    first_line = (str(driver_error).splitlines() or [""])[0]
    return f"{type(driver_error).__name__}: {first_line}"


def _driver_error(error: BaseException) -> BaseException:
    """asyncpg's own error under SQLAlchemy's wrapping."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def _blames_data(error: BaseException) -> bool:
    driver_error = _driver_error(error)
    # asyncpg refuses a value that it cannot encode with an InterfaceError that is a ValueError too.
    return isinstance(driver_error, ValueError) or sqlstate(error).startswith(_DATA_CLASSES)
