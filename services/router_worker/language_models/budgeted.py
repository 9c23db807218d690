"""A paid model for as long as there is a budget, and the free one after that."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Literal, Protocol

from services.router_worker.language_models.protocol import (
    LanguageModel,
    ModelError,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    Switched,
    Usage,
)

# A call that the provider gave no figure for is not free: about what one call takes.
UNKNOWN_TOKENS = 2_000


class TokenBudget(Protocol):
    async def add(self, session_id: str, tokens: int) -> None: ...

    async def session_is_spent(self, session_id: str) -> bool: ...

    async def day_is_spent(self) -> bool: ...


class NoBudget:
    """Where nobody counts: for who measures a model."""

    async def add(self, session_id: str, tokens: int) -> None:
        """Nothing is kept."""

    async def session_is_spent(self, session_id: str) -> bool:  # noqa: ARG002
        return False

    async def day_is_spent(self) -> bool:
        return False


class BudgetedModel:
    """Counts what the paid model uses; goes on with the free one when the session's or the day's budget is gone."""

    def __init__(self, *, paid: LanguageModel, free: LanguageModel, budget: TokenBudget) -> None:
        self.name = paid.name
        self._paid = paid
        self._free = free
        self._budget = budget

    async def route(self, request: RouteRequest) -> Routed:
        if await self._is_spent(request.session_id):
            routed = await self._free.route(request)
            return replace(routed, switches=(self._switch("route"), *routed.switches))
        try:
            routed = await self._paid.route(request)
        except ModelError as error:
            await self._count(request.session_id, error.usage)
            raise
        await self._count(request.session_id, routed.usage)
        return routed

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        if await self._is_spent(request.session_id):
            yield self._switch("reply")
            async for part in self._free.reply(request):
                yield part
            return
        told: list[Usage] = []
        try:
            async for part in self._paid.reply(request):
                if isinstance(part, Usage):
                    told.append(part)
                yield part
        except ModelError as error:
            told += error.usage
            raise
        except (asyncio.CancelledError, GeneratorExit):  # stopped by the customer: paid for, without a figure
            told.append(Usage(purpose="reply", model=self.name, latency_ms=0))
            raise
        finally:
            await self._count(request.session_id, told)

    def _switch(self, purpose: Literal["route", "reply"]) -> Switched:
        return Switched(
            purpose=purpose, from_model=self.name, to_model=self._free.name, reason="budget_spent"
        )

    async def _is_spent(self, session_id: str) -> bool:
        return await self._budget.session_is_spent(session_id) or await self._budget.day_is_spent()

    async def _count(self, session_id: str, usage: Iterable[Usage]) -> None:
        if tokens := sum(map(self._tokens, usage)):
            await self._budget.add(session_id, tokens)

    def _tokens(self, call: Usage) -> int:
        if call.model == self._free.name:
            return 0
        if call.input_tokens is None and call.output_tokens is None:
            return UNKNOWN_TOKENS if call.outcome in {"ok", "length"} else 0
        return (call.input_tokens or 0) + (call.output_tokens or 0)
