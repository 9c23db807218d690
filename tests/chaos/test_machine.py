"""The guarded steps against a plain model of the promises, and broken steps that must be found out."""

import pytest

from tests.chaos.broken_steps import AcknowledgedOutside, BrokenSteps, NoFence
from tests.chaos.machine_runs import finds, hold

pytestmark = pytest.mark.timeout(240)


def test_the_promises_hold_whatever_happens_in_whatever_order(redis_url: str) -> None:
    hold(redis_url, examples=60)


@pytest.mark.parametrize("steps", [NoFence, AcknowledgedOutside])
def test_broken_steps_are_found_out(redis_url: str, steps: type[BrokenSteps]) -> None:
    assert finds(redis_url, steps, examples=800)
