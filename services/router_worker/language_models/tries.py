"""Calling a model at most twice, each try on the account, every failure a ModelError."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

import openai
import stamina
from openai.types import CompletionUsage

from services.router_worker.language_models.failures import CallError, call_error, try_again
from services.router_worker.language_models.prices import UNKNOWN, Prices
from services.router_worker.language_models.protocol import ModelError, Usage

T = TypeVar("T")

_MOST_TRIES = 2
# The SDK lets the errors of its parsers through, and fails on its own types when an answer is none of them.
_RAISED = (CallError, openai.OpenAIError, OSError, ValueError, TypeError, AttributeError)


class Tries:
    """The tries of one request. `usage` is the account of those that have ended."""

    def __init__(
        self,
        *,
        purpose: Literal["route", "reply"],
        model: str,
        seconds: float,
        most: int = _MOST_TRIES,
        prices: Prices = UNKNOWN,
    ) -> None:
        self.usage: list[Usage] = []
        self.tokens: CompletionUsage | None = None
        self._purpose: Literal["route", "reply"] = purpose
        self._model = model
        self._seconds = seconds
        self._most = min(most, _MOST_TRIES)
        self._prices = prices
        self._started: float | None = None

    async def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` returns, from a second try if need be, all within the time given. Raises ModelError."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._retried(call)
        except (CallError, TimeoutError) as error:
            raise self.failed(error) from error

    @contextmanager
    def watching(self) -> Iterator[None]:
        """What fails in here after the call has succeeded is a ModelError, too."""
        try:
            yield
        except _RAISED as error:
            raise self.failed(error) from error

    def end(self, outcome: str = "ok") -> None:
        """Puts the running try on the account."""
        if self._started is None:
            return
        read = self.tokens.prompt_tokens if self.tokens else None
        written = self.tokens.completion_tokens if self.tokens else None
        self.usage.append(
            Usage(
                purpose=self._purpose,
                model=self._model,
                outcome=outcome,
                latency_ms=round((time.perf_counter() - self._started) * 1000),
                input_tokens=read,
                output_tokens=written,
                cost_usd=self._prices.cost(read, written),
            )
        )
        self._started = None

    def failed(self, error: Exception) -> ModelError:
        outcome = call_error(error).outcome
        self.end(outcome)
        return ModelError(f"{self._model}: {outcome}", tuple(self.usage), outcome=outcome)

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        async for attempt in stamina.retry_context(
            on=try_again, attempts=self._most, timeout=None, wait_initial=0.2, wait_jitter=0.4
        ):
            with attempt:
                self._begin()
                try:
                    return await call()
                except _RAISED as error:
                    failure = call_error(error)
                    self.end(failure.outcome)
                    raise failure from error
        raise AssertionError("the last try returns or raises")

    def _begin(self) -> None:
        self._started = time.perf_counter()
        self.tokens = None
