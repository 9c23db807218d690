"""What a scenario is."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tests.chaos.outcome import Outcome
from tests.chaos.stack import Stack

Scenario: TypeAlias = Callable[[Stack], Awaitable[Outcome]]
"""Does its harm to a stack under load, and says what came of it."""
