"""Ending tasks for certain."""

import asyncio
from typing import Any


async def cancelled(*tasks: asyncio.Task[Any], again_seconds: float = 2.0) -> None:
    """Return once all tasks have ended, whatever they end with.

    One request is not enough: in Python 3.11 a cancellation that meets a time limit in the same moment can be
    swallowed, by asyncio.wait_for as in what redis-py makes of asyncio.timeout, and the task would go on for ever.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=again_seconds)
