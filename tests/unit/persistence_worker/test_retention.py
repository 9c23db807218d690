import asyncio

from services.persistence_worker.retention import tidy_periodically
from tests.eventually import eventually


async def test_tidying_goes_on_when_it_fails_once() -> None:
    outcomes = [ConnectionError("away"), 3, 0]
    done: list[str] = []

    async def trim() -> int:
        outcome = outcomes[done.count("trim") % 3]
        done.append("trim")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def forget() -> int:
        done.append("forget")
        return 0

    task = asyncio.create_task(tidy_periodically(trim, forget, seconds=0))
    await eventually(lambda: len(done) >= 5)
    task.cancel()
    assert done[:5] == ["trim", "trim", "forget", "trim", "forget"]
