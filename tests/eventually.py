"""Waiting in tests: for a condition, never for a time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")


async def eventually(condition: Callable[[], Awaitable[Value] | Value], within: float = 5.0) -> Value:
    """The first true value of `condition`, asked again and again until `within` seconds have passed.

    A condition may also assert; its last AssertionError is raised when time is up.
    """
    deadline = time.monotonic() + within
    while True:
        failure: AssertionError | None = None
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure or AssertionError(
                f"not true within {within} s: {inspect.getsource(condition).strip()}"
            )
        await asyncio.sleep(0.02)
