"""What a line of a script asks for, compared with what happened. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.router_worker.conversation import Conversation
from services.shared.events import (
    ContactLeft,
    Envelope,
    HandoffRequested,
    IntentRouted,
    ReplyCompleted,
    ReplyFailed,
    ToolRequested,
)
from tests.dialogues.script import ExpectedCall, Line


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A turn that has ended: what the customer got, the events, and what the bot remembers."""

    events: tuple[Envelope, ...]
    conversation: Conversation

    @property
    def text(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, ReplyCompleted | ReplyFailed))


def unmet(line: Line, observed: Observed) -> Iterator[str]:
    """What the turn lacks, each as one line for a person."""
    text = observed.text.lower()
    if any(isinstance(event, ReplyFailed) for event in observed.events):
        yield "the turn failed"
    yield from (f"the reply lacks {part!r}" for part in line.contains if part.lower() not in text)
    yield from (f"the reply has {part!r}" for part in line.lacks if part.lower() in text)
    if line.intent is not None:
        yield from _differs("intent", line.intent, _one(observed, IntentRouted, "intent"))
    if line.calls is not None:
        yield from _calls(line.calls, [e for e in observed.events if isinstance(e, ToolRequested)])
    if line.handoff is not None:
        yield from _differs("handoff", line.handoff, _one(observed, HandoffRequested, "reason"))
    if line.contact is not None:
        yield from _differs("contact", line.contact, _one(observed, ContactLeft, "email"))
    if line.asks is not None:
        question = observed.conversation.question
        yield from _differs("asks", line.asks, question.slot if question else "")
    if line.offers is not None:
        yield from _differs("offers", line.offers, observed.conversation.offer or "")
    if line.cites is not None:
        yield from _cites(line.cites, observed.events)


def _one(observed: Observed, kind: type[Envelope], field: str) -> str:
    return ", ".join(str(getattr(event, field)) for event in observed.events if isinstance(event, kind))


def _differs(what: str, expected: str, found: str) -> Iterator[str]:
    if found != expected:
        yield f"{what} is {found or 'none'}, not {expected or 'none'}"


def _calls(expected: Sequence[ExpectedCall], made: Sequence[ToolRequested]) -> Iterator[str]:
    shown = [f"{call.tool}({_shown(call.arguments)})" for call in made]
    matches = len(made) == len(expected) and all(
        call.tool == want.tool and want.arguments.items() <= call.arguments.items()
        for call, want in zip(made, expected, strict=True)
    )
    if not matches:
        yield f"calls are {shown}, not {[f'{want.tool}({_shown(want.arguments)})' for want in expected]}"


def _shown(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _cites(expected: tuple[str, ...] | bool, events: Sequence[Envelope]) -> Iterator[str]:
    cited = [c.section_id for event in events if isinstance(event, ReplyCompleted) for c in event.citations]
    if isinstance(expected, bool):
        if bool(cited) != expected:
            yield f"cites {cited}" if cited else "cites nothing"
        return
    for begins in expected:
        if not any(section.startswith(begins) for section in cited):
            yield f"cites {cited}, not {begins}"
