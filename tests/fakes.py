"""The one thing that tests replace: the language model, with what it may cost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from services.router_worker.language_models.protocol import (
    IntentDecision,
    ModelError,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    TextDelta,
    Usage,
)

Line: TypeAlias = ReplyPart | ModelError | asyncio.Event
"""A part of a reply, an error to raise, or an event to wait for."""


def echo(request: ReplyRequest) -> Sequence[Line]:
    """Says which messages it answers."""
    return [TextDelta(text="You said: "), TextDelta(text=" / ".join(request.texts))]


@dataclass(kw_only=True)
class ScriptedModel:
    """A language model that does as it is told, and keeps what it was asked."""

    name: str = "scripted"
    decide: Callable[[RouteRequest], IntentDecision | ModelError] = field(
        default=lambda _: IntentDecision(intent="greeting", confidence=1.0)
    )
    script: Callable[[ReplyRequest], Sequence[Line]] = echo
    routed: list[RouteRequest] = field(default_factory=list)
    replied: list[ReplyRequest] = field(default_factory=list)

    async def route(self, request: RouteRequest) -> Routed:
        self.routed.append(request)
        decision = self.decide(request)
        if isinstance(decision, ModelError):
            raise decision
        return Routed(decision=decision, usage=(self._usage("route"),))

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        self.replied.append(request)
        for line in self.script(request):
            match line:
                case asyncio.Event():
                    await line.wait()
                case ModelError():
                    raise line
                case _:
                    yield line
        yield self._usage("reply")

    def _usage(self, purpose: str) -> Usage:
        return Usage(purpose="route" if purpose == "route" else "reply", model=self.name, latency_ms=0)


@dataclass
class Ledger:
    """A budget that keeps who used how much."""

    session_limit: int = 1_000_000
    day_limit: int = 1_000_000
    used: Counter[str] = field(default_factory=Counter)

    async def add(self, session_id: str, tokens: int) -> None:
        self.used[session_id] += tokens

    async def session_is_spent(self, session_id: str) -> bool:
        return self.used[session_id] >= self.session_limit

    async def day_is_spent(self) -> bool:
        return self.used.total() >= self.day_limit
