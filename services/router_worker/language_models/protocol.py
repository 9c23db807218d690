"""What the router asks of a language model, whoever makes it."""

import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

MOST_CALLS = 6
"""Of language models in one turn."""
NOT_ALLOWED = "not_allowed"
"""The error of a call that a model wanted and that was not made."""

Action: TypeAlias = Literal["answer", "ask", "call_tool", "handoff"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is left to a turn: calls of models, and the time on the monotonic clock until it has to be over."""

    calls: int = MOST_CALLS
    until: float = math.inf

    def seconds(self, most: float) -> float:
        """For one model: at most half of the time that is left, so that another can still be asked."""
        return max(0.0, min(most, (self.until - time.monotonic()) / 2))

    def after(self, calls: int) -> "Limits":
        return Limits(calls=self.calls - calls, until=self.until)


@dataclass(frozen=True, kw_only=True)
class HistoryMessage:
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, kw_only=True)
class PendingQuestion:
    """The bot asked for `slot` of `intent` and waits for it; `asked` counts how often."""

    intent: str
    slot: str
    asked: int


@dataclass(frozen=True, kw_only=True)
class ToolStep:
    """A tool call of the running turn with its end."""

    call_id: str
    tool: str
    arguments: dict[str, Any]
    status: Literal["ok", "refused", "failed"]
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class RouteRequest:
    """`texts` are the customer's new messages, answered together; `history` is what came before, oldest first.

    `topic` is the intent that the known `slots` were last used for. `language` is that of the customer's page, of
    those that the bot speaks; `session_id` says whose budget it is.
    """

    texts: tuple[str, ...]
    history: tuple[HistoryMessage, ...] = ()
    slots: dict[str, str] = field(default_factory=dict)
    pending: PendingQuestion | None = None
    topic: str = ""
    language: str = "en"
    session_id: str = ""
    limits: Limits = Limits()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One of several things that the new messages ask for, in the customer's words for it."""

    intent: str
    text: str


@dataclass(frozen=True, kw_only=True)
class IntentDecision:
    """`intent` is a name of the catalogue, `confidence` from 0 to 1.

    `slots` holds the normalised values found in the new messages alone; a slot that was not given is absent.
    An `action` of handoff brings in a person whatever the intent; else the intent says what is done.
    `wanted` is there only when the messages ask for several things, `intent` being one of them.
    """

    intent: str
    confidence: float
    slots: dict[str, str] = field(default_factory=dict)
    action: Action = "answer"
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReplyRequest:
    """What a reply is written from. `steps` are the tool calls of this turn, in their order.

    `also` are the intents beside `intent` when the customer wants several things. `language` is that of the
    customer's page, of those that the bot speaks; `session_id` says whose budget it is.
    """

    texts: tuple[str, ...]
    intent: str
    also: tuple[str, ...] = ()
    history: tuple[HistoryMessage, ...] = ()
    slots: dict[str, str] = field(default_factory=dict)
    steps: tuple[ToolStep, ...] = ()
    may_call_tools: bool = True
    language: str = "en"
    session_id: str = ""
    limits: Limits = Limits()


@dataclass(frozen=True, kw_only=True)
class TextDelta:
    """A piece of the reply. `composed`: of the bot's own words and of quotes alone, so nothing in it is made up."""

    text: str
    composed: bool = False


@dataclass(frozen=True, kw_only=True)
class ToolCallWanted:
    """The model asks for a tool. `arguments` is what it said, parsed but not yet trusted."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """One call's account. A figure that the provider did not give is None."""

    purpose: Literal["route", "reply"]
    model: str
    latency_ms: int
    outcome: str = "ok"
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, kw_only=True)
class Switched:
    """One model could not answer, and the next was asked."""

    purpose: Literal["route", "reply"]
    from_model: str
    to_model: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class StartOver:
    """What the reply has said so far does not count: it begins anew."""


ReplyPart: TypeAlias = TextDelta | ToolCallWanted | StartOver | Switched | Usage


@dataclass(frozen=True, kw_only=True)
class Routed:
    """`decided_by` is named where it was no model that was called."""

    decision: IntentDecision
    usage: tuple[Usage, ...] = ()
    switches: tuple[Switched, ...] = ()
    decided_by: str = ""


class ModelError(Exception):
    """The model could not answer; the text says why, `outcome` in a word.

    `usage` accounts for the calls that were made, `switches` for the models that were asked in turn.
    """

    def __init__(
        self,
        reason: str,
        usage: tuple[Usage, ...] = (),
        switches: tuple[Switched, ...] = (),
        *,
        outcome: str = "failed",
    ) -> None:
        super().__init__(reason)
        self.usage = usage
        self.switches = switches
        self.outcome = outcome


class LanguageModel(Protocol):
    """A model that routes and replies. Both raise ModelError, and nothing else, when they cannot."""

    name: str

    async def route(self, request: RouteRequest) -> Routed:
        """Which intent the new messages carry, and which slot values."""
        ...

    def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        """The reply in parts: text as it comes, or tool calls, then the usage of the call."""
        ...
