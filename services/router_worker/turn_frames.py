"""The frames of a turn: what the customer is shown beside the reply's text."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson
from ag_ui.core import (
    ActivitySnapshotEvent,
    BaseEvent,
    RunErrorEvent,
    RunFinishedCancelledOutcome,
    RunFinishedEvent,
    RunStartedEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)

from services.router_worker.language_models.protocol import ToolStep
from services.shared.events import Citation, ToolCompleted
from services.shared.frames import CITATIONS, ORDER, ORDERS, STATUS, custom
from services.shared.grants import Grant

# What a card shows of a tool's result, by its activity type, which is the result's own word for it.
_CARDS = {ORDER: ("order",), ORDERS: ("orders", "more_orders")}

Card: TypeAlias = tuple[str, str, dict[str, Any]]
"""Something drawn from data: its id, its activity type, its content."""


def run_started(grant: Grant) -> BaseEvent:
    return RunStartedEvent(thread_id=grant.conversation_id, run_id=grant.turn_id)


def run_finished(grant: Grant, message_ids: list[str], *, stopped: bool) -> BaseEvent:
    return RunFinishedEvent(
        thread_id=grant.conversation_id,
        run_id=grant.turn_id,
        result={"in_reply_to": message_ids},
        outcome=RunFinishedCancelledOutcome(type="cancelled") if stopped else None,
    )


def run_failed(text: str, message_ids: list[str]) -> BaseEvent:
    return RunErrorEvent(message=text, code="reply_failed", metadata={"in_reply_to": message_ids})


def status(stage: str, text: str | None, **more: str) -> BaseEvent:
    """What the bot is doing; without a text there is nothing more to say about it."""
    return custom(STATUS, {"stage": stage, "text": text, **more})


def tool_requested(call_id: str, tool: str, arguments: dict[str, Any], *, reply_id: str) -> list[BaseEvent]:
    return [
        ToolCallStartEvent(tool_call_id=call_id, tool_call_name=tool, parent_message_id=reply_id),
        ToolCallArgsEvent(tool_call_id=call_id, delta=orjson.dumps(arguments).decode()),
        ToolCallEndEvent(tool_call_id=call_id),
    ]


def tool_completed(completed: ToolCompleted) -> BaseEvent:
    """How a tool call ended; what it found is shown in cards."""
    outcome: dict[str, str] = {"status": completed.status}
    if completed.error:
        outcome["code"] = completed.error.code
    call_id = completed.tool_call_id
    return ToolCallResultEvent(
        message_id=f"{call_id}:result", tool_call_id=call_id, content=orjson.dumps(outcome).decode()
    )


def activity_frame(message_id: str, activity_type: str, content: dict[str, Any]) -> BaseEvent:
    return ActivitySnapshotEvent(message_id=message_id, activity_type=activity_type, content=content)


def order_cards(steps: Sequence[ToolStep]) -> list[Card]:
    """One card for each order that was found, and one for each list of orders."""
    found = [(step.call_id, step.result) for step in steps if step.status == "ok" and step.result]
    return [
        (f"{call_id}:{kind}", kind, {name: result[name] for name in names})
        for call_id, result in found
        for kind, names in _CARDS.items()
        if result.get(kind)
    ]


def citation_cards(
    message_id: str, citations: Sequence[Citation], sections: Sequence[dict[str, Any]]
) -> list[Card]:
    """The sections that the reply cites, as they were found; no card when it cites none."""
    if not citations:
        return []
    shown = [
        {"number": citation.number}
        | {key: sections[citation.number - 1][key] for key in ("section_id", "title", "heading_path", "text")}
        for citation in citations
    ]
    return [(f"{message_id}:citations", CITATIONS, {"message_id": message_id, "citations": shown})]
