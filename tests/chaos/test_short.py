"""The promises under a little fire, with every change. `make chaos` has the whole of it."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos.catalogue import SHORT
from tests.chaos.stack import Stack, running_stack

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    async with running_stack() as running:
        yield running


@pytest.mark.parametrize("name", SHORT)
async def test_nothing_is_lost_doubled_or_out_of_order(stack: Stack, name: str) -> None:
    outcome = await SHORT[name](stack)
    assert outcome.misses == []
