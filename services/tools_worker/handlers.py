"""What the tools worker does with an event."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, cast

import structlog

from services.shared.delivery import Delivery
from services.shared.entries import Entry
from services.shared.errors import TransientError
from services.shared.events import ToolCompleted, ToolRequested, now
from services.tools_worker.metrics import count_call
from services.tools_worker.registry import Outcome, Registry
from services.tools_worker.tools.tool import Caller

log = structlog.get_logger()


class CompletesToolCalls(Protocol):
    async def complete_tool_call(self, entry: Entry, completed: ToolCompleted) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class ToolHandlers:
    """`patience`: for how long after its request a call that could not be made is tried again."""

    registry: Registry
    steps: CompletesToolCalls
    patience: timedelta

    async def on_tool_requested(self, delivery: Delivery) -> None:
        request = cast("ToolRequested", delivery.event)
        started = time.monotonic()
        outcome = await self.registry.call(request.tool, request.arguments, _caller(request))
        if outcome.error and outcome.passing and now() - request.occurred_at < self.patience:
            raise TransientError(f"{request.tool}: {outcome.error.code}")
        await self._complete(delivery, outcome, time.monotonic() - started)

    async def on_given_up(self, delivery: Delivery) -> None:
        """The call became a dead letter: whoever waits for it is told."""
        await self._complete(delivery, Outcome.failed("internal", "The tool broke down."), 0)

    async def _complete(self, delivery: Delivery, outcome: Outcome, seconds: float) -> None:
        request = cast("ToolRequested", delivery.event)
        completed = ToolCompleted(
            conversation_id=request.conversation_id,
            turn_id=request.turn_id,
            causation_id=request.event_id,
            trace=request.trace,
            customer_id=request.customer_id,
            tool_call_id=request.tool_call_id,
            tool=request.tool,
            status=outcome.status,
            result=outcome.result,
            error=outcome.error,
            duration_ms=round(seconds * 1000),
        )
        first = await self.steps.complete_tool_call(delivery.entry, completed)
        code = outcome.error.code if outcome.error else ""
        tool = request.tool if self.registry.knows(request.tool) else "unknown"
        log.info("tool call ended", tool=tool, status=outcome.status, code=code, first=first)
        count_call(tool, outcome.status, code, seconds)


def _caller(request: ToolRequested) -> Caller:
    return Caller(
        conversation_id=request.conversation_id,
        tool_call_id=request.tool_call_id,
        customer_id=request.customer_id,
    )
