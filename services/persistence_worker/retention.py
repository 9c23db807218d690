"""Keeps the streams tidy while the worker runs: at their retention time, and without readers that are gone."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Counter

log = structlog.get_logger()
TRIMMED = Counter("supportbot_entries_trimmed_total", "Entries removed from streams at the end of their time")


async def tidy_periodically(
    trim: Callable[[], Awaitable[int]], forget: Callable[[], Awaitable[int]], *, seconds: float
) -> None:
    """Call both for ever, `seconds` apart; what goes wrong is logged and tried again the next time."""
    while True:
        try:
            TRIMMED.inc(await trim())
            await forget()
        except Exception as error:  # noqa: BLE001 this can wait, recording events cannot
            log.warning("cannot tidy the streams", reason=f"{type(error).__name__}: {error}")
        await asyncio.sleep(seconds)
