"""Every message between services.

Facts are in the past tense, commands end in "Requested". Each record is frozen and carries the same envelope.
Readers ignore fields they do not know. To add a field, make it optional; to change a meaning, add a class with
the next `version` and read both until the old one has drained. `tests/contracts/samples/` keeps one sample of
every payload ever released.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias, get_args
from uuid import UUID

import orjson
import uuid_utils
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter


def new_id() -> UUID:
    """A UUIDv7: unique, and ordered by the time of its making."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Envelope(Record):
    """What every event carries."""

    event_id: UUID = Field(default_factory=new_id, description="UUIDv7, the idempotency key of the event")
    version: Literal[1] = Field(default=1, description="Of the class")
    conversation_id: str = Field(description="Not to be guessed; it decides the partition")
    turn_id: str | None = Field(default=None, description="The turn (question and answer) this belongs to")
    occurred_at: AwareDatetime = Field(default_factory=now, description="By the writer's clock")
    causation_id: UUID | None = Field(default=None, description="The event that led to this one")
    trace: str | None = Field(default=None, description="W3C traceparent")
    customer_id: str | None = Field(
        default=None, description="The signed-in customer; set from the session, never from text or a model"
    )


# chat.sessions


class ConversationStarted(Envelope):
    """A customer opened a conversation."""

    type: Literal["ConversationStarted"] = "ConversationStarted"
    session_id: str = Field(description="The browser or terminal; a session has many conversations")
    channel: Literal["web", "text"] = Field(default="web", description="JSON frames, or plain text both ways")
    language: str | None = Field(
        default=None, description="The customer's, as the client named it, for example de"
    )


class ClientConnected(Envelope):
    """A browser tab or terminal opened the conversation, or came back to it."""

    type: Literal["ClientConnected"] = "ClientConnected"
    session_id: str
    connection_id: str = Field(description="One WebSocket")


class ClientDisconnected(Envelope):
    """A connection ended. The conversation goes on."""

    type: Literal["ClientDisconnected"] = "ClientDisconnected"
    session_id: str
    connection_id: str = Field(description="The one of its ClientConnected")
    close_code: int | None = Field(default=None, description="Of the WebSocket; absent when it was cut")
    duration_ms: int = Field(description="How long the connection lasted")


class FeedbackGiven(Envelope):
    """A thumb on a reply. The latest one for a message counts; `none` takes the vote back."""

    type: Literal["FeedbackGiven"] = "FeedbackGiven"
    message_id: str = Field(description="The reply")
    rating: Literal["up", "down", "none"]
    reason: str | None = Field(default=None, description="In the customer's words")


# chat.messages


class MessageReceived(Envelope):
    """A customer's message, accepted: from here it ends in an answer, a question, a handoff or an apology."""

    type: Literal["MessageReceived"] = "MessageReceived"
    message_id: str
    client_id: str = Field(description="The client's idempotency key")
    text: str = Field(description="At most 4,000 characters")


class StopRequested(Envelope):
    """The customer pressed stop while the turn `turn_id` was running."""

    type: Literal["StopRequested"] = "StopRequested"


class ActionConfirmed(Envelope):
    """The customer pressed confirm on a proposed action."""

    type: Literal["ActionConfirmed"] = "ActionConfirmed"
    action_id: str = Field(description="The one of its ActionProposed")


class ActionDeclined(Envelope):
    """The customer pressed decline on a proposed action."""

    type: Literal["ActionDeclined"] = "ActionDeclined"
    action_id: str = Field(description="The one of its ActionProposed")


# tool.requests, tool.results


class ToolRequested(Envelope):
    """A tool is to be run, once for each `tool_call_id`, for the customer of the envelope."""

    type: Literal["ToolRequested"] = "ToolRequested"
    tool_call_id: str
    tool: str = Field(description="One of the registry, for example get_order")
    arguments: dict[str, Any] = Field(description="As the tool's schema has them")


class ToolError(Record):
    code: str = Field(description="Stable and machine-readable, for example order_not_found")
    message: str
    retry_after_seconds: int | None = Field(
        default=None, description="When the same call may be made again; absent when waiting does not help"
    )


class ToolCompleted(Envelope):
    """The end of one tool call.

    `ok` has a `result`; `refused` means the tool ran and says no (unknown order, bad arguments); `failed` means
    that it could not run. Both of these have an `error`.
    """

    type: Literal["ToolCompleted"] = "ToolCompleted"
    tool_call_id: str = Field(description="The one of its ToolRequested")
    tool: str
    status: Literal["ok", "refused", "failed"]
    result: dict[str, Any] | None = None
    error: ToolError | None = None
    duration_ms: int


# chat.replies


class Citation(Record):
    """A section of the knowledge base that a reply leans on; `number` is the mark `[number]` in the text."""

    number: int
    section_id: str
    title: str


class IntentRouted(Envelope):
    """What the customer wants, and what the bot does about it."""

    type: Literal["IntentRouted"] = "IntentRouted"
    message_ids: list[str] = Field(description="The messages of this turn, in their order")
    intent: str = Field(description="A name of the intent catalogue")
    confidence: float = Field(description="From 0 to 1")
    action: Literal["answer", "ask", "call_tool", "handoff"]
    slots: dict[str, str] = Field(default_factory=dict, description="Values found so far, normalised")
    model: str = Field(description="Which model decided")


class ReplyCompleted(Envelope):
    """The bot's answer or question, as the customer got it."""

    type: Literal["ReplyCompleted"] = "ReplyCompleted"
    message_id: str = Field(description="Of the reply")
    in_reply_to: list[str] = Field(description="The message ids this reply answers, in their order")
    text: str = Field(description="Markdown")
    intent: str
    citations: list[Citation] = Field(default_factory=list)
    stopped: bool = Field(
        default=False, description="The customer stopped it; `text` is what there was by then"
    )
    model: str
    duration_ms: int = Field(
        description="From the acceptance of the first message answered to the end of the reply"
    )


class ReplyFailed(Envelope):
    """The turn could not be answered; the customer got `text`, an apology, instead."""

    type: Literal["ReplyFailed"] = "ReplyFailed"
    message_id: str = Field(description="Of the apology")
    in_reply_to: list[str]
    text: str
    reason: str = Field(description="Why, for operators, for example deadline")


class ActionProposed(Envelope):
    """A change to be made only on the customer's own confirmation of exactly these arguments."""

    type: Literal["ActionProposed"] = "ActionProposed"
    action_id: str
    tool: str
    arguments: dict[str, Any]
    expires_at: AwareDatetime


HandoffReason: TypeAlias = Literal[
    "customer_asked", "missing_knowledge", "unsupported", "policy", "tool_failure", "unresolved_slot", "limit"
]


Claim: TypeAlias = Literal[
    "handoff", "refund", "cancellation", "return", "replacement", "order_change", "shipment"
]


class HandoffRequested(Envelope):
    """The conversation goes to a person."""

    type: Literal["HandoffRequested"] = "HandoffRequested"
    reason: HandoffReason
    summary: str = Field(default="", description="For the person who takes over")


class ContactLeft(Envelope):
    """The customer left an address at which a person can answer."""

    type: Literal["ContactLeft"] = "ContactLeft"
    email: str


class ReplyWithheld(Envelope):
    """A model claimed what did not happen in this turn; the customer did not get these words."""

    type: Literal["ReplyWithheld"] = "ReplyWithheld"
    message_id: str = Field(description="Of the reply that said something else instead")
    claim: Claim
    model: str


class ModelSwitched(Envelope):
    """A language model could not answer, and the next one was asked."""

    type: Literal["ModelSwitched"] = "ModelSwitched"
    purpose: Literal["route", "reply"]
    from_model: str
    to_model: str
    reason: str = Field(description="Why, for operators, for example timeout or circuit_open")


class ModelCalled(Envelope):
    """One call of a language model. A figure that the provider did not give is absent, never 0."""

    type: Literal["ModelCalled"] = "ModelCalled"
    purpose: Literal["route", "reply"] = Field(description="To find the intent, or to write the reply")
    model: str
    outcome: str = Field(default="ok", description="ok, or the kind of failure")
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: int
    cost_usd: float | None = None


# dead.letters


class DeadLettered(Envelope):
    """An entry that no delivery could process, kept whole."""

    type: Literal["DeadLettered"] = "DeadLettered"
    stream: str = Field(description="Redis key of the stream, partition included")
    group: str = Field(description="The group that gave up")
    entry_id: str
    deliveries: int = Field(description="How often the entry was tried")
    reason: str
    entry: str = Field(description="The entry's payload as it stood on the stream")


AnyEvent: TypeAlias = (
    ConversationStarted
    | ClientConnected
    | ClientDisconnected
    | FeedbackGiven
    | MessageReceived
    | StopRequested
    | ActionConfirmed
    | ActionDeclined
    | ToolRequested
    | ToolCompleted
    | IntentRouted
    | ReplyCompleted
    | ReplyFailed
    | ActionProposed
    | HandoffRequested
    | ContactLeft
    | ReplyWithheld
    | ModelSwitched
    | ModelCalled
    | DeadLettered
)
Event: TypeAlias = Annotated[AnyEvent, Field(discriminator="type")]

EVENT_TYPES: tuple[type[Envelope], ...] = get_args(AnyEvent)

_adapter: TypeAdapter[AnyEvent] = TypeAdapter(Event)


def parse_event(payload: bytes | str | dict[str, Any]) -> AnyEvent:
    """The event of a stream entry's payload. Raises pydantic.ValidationError when it is none of ours."""
    if isinstance(payload, dict):
        return _adapter.validate_python(payload)
    return _adapter.validate_json(payload)


def dump_event(event: Envelope) -> str:
    """The payload as it stands on the stream: one line of JSON, `type` first, absent values left out."""
    fields = event.model_dump(mode="json", exclude_none=True)
    ordered = {"type": fields.pop("type"), **fields}
    return orjson.dumps(ordered).decode()
