import asyncio

from services.persistence_worker.retention import trim_periodically
from tests.eventually import eventually


async def test_trimming_goes_on_when_it_fails_once() -> None:
    outcomes = [ConnectionError("away"), 3, 0]
    done = []

    async def trim() -> int:
        outcome = outcomes[len(done) % 3]
        done.append(outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    task = asyncio.create_task(trim_periodically(trim, seconds=0))
    await eventually(lambda: len(done) >= 3)
    task.cancel()
