"""Ending tasks for certain."""

import asyncio
import contextlib

from services.shared.cancellation import cancelled


async def test_a_task_that_swallows_a_cancellation_is_ended_all_the_same() -> None:
    swallowed = asyncio.Event()

    async def deaf_at_first() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        swallowed.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf_at_first())
    await asyncio.wait({task}, timeout=0)
    async with asyncio.timeout(5):
        await cancelled(task, again_seconds=0.01)

    assert swallowed.is_set()
    assert task.cancelled()


async def test_what_a_task_ends_with_is_its_own_matter() -> None:
    async def fails() -> None:
        raise ValueError

    done, running = asyncio.create_task(fails()), asyncio.create_task(asyncio.Event().wait())
    await asyncio.wait({done})
    await cancelled(done, running)

    assert isinstance(done.exception(), ValueError)
    assert running.cancelled()
