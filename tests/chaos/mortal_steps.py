"""Guarded steps whose process may die between any two calls."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from redis.asyncio import Redis

from services.shared.steps import Steps

Value = TypeVar("Value")


class Died(Exception):  # noqa: N818 it is an end, not an error
    """The process ended at this point."""


class MortalSteps(Steps):
    """Steps whose process dies once it has made so many calls; None lets it live."""

    calls_to_live: int | None = None

    async def call(self, function: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        self._live()
        return await super().call(function, keys, args)

    def _live(self) -> None:
        if self.calls_to_live is None:
            return
        if self.calls_to_live == 0:
            raise Died
        self.calls_to_live -= 1


class Server:
    """A Redis for machines, one after the other, called from outside an event loop."""

    def __init__(self, url: str, steps: type[MortalSteps] = MortalSteps) -> None:
        self._runner = asyncio.Runner()
        self.redis = Redis.from_url(url)
        self.steps = steps(self.redis)

    def do(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        return self._runner.run(coroutine)

    def close(self) -> None:
        self.do(self.redis.aclose())
        self._runner.close()
