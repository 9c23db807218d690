"""A circuit breaker: spares the customer the wait for a model that is down."""

import math
import time
from collections.abc import Callable

_FAILURES = 3
_PAUSE_SECONDS = 30.0


class Circuit:
    """Opens after several failures in a row; after a pause one call may try whether it is better."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_failures: float = _FAILURES) -> None:
        self._clock = clock
        self._most_failures = most_failures
        self._failures = 0
        self._opened_at = 0.0

    @property
    def closed(self) -> bool:
        """Whether a call may be made now."""
        if self._failures < self._most_failures:
            return True
        if self._clock() - self._opened_at < _PAUSE_SECONDS:
            return False
        self._opened_at = self._clock()
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._opened_at = self._clock()


def never_opens() -> Circuit:
    """For who measures a model: each call is made, whatever became of the last ones."""
    return Circuit(most_failures=math.inf)
