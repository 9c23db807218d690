"""Waiting for another process: for a condition, never for a time."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, within: float, tell: Callable[[], str] = str) -> None:
    """Return once `condition` holds; after `within` seconds fail with what `tell` says."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not true within {within} s: {tell()}"
        time.sleep(0.05)
