"""Keeps the streams at their retention time while the worker runs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Counter

log = structlog.get_logger()
TRIMMED = Counter("supportbot_entries_trimmed_total", "Entries removed from streams at the end of their time")


async def trim_periodically(trim: Callable[[], Awaitable[int]], *, seconds: float) -> None:
    """Call `trim` for ever, `seconds` apart; what goes wrong is logged and tried again the next time."""
    while True:
        try:
            TRIMMED.inc(await trim())
        except Exception as error:  # noqa: BLE001 trimming can wait, recording events cannot
            log.warning("cannot trim the streams", reason=f"{type(error).__name__}: {error}")
        await asyncio.sleep(seconds)
