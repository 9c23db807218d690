"""The browser's contract: what a client may send, and what it is sent.

Client to server: one JSON object a frame, one of `ClientFrame`. Unknown fields are refused.
Server to client: `{"cursor", "conversation_id", "event"}` where `event` is an AG-UI 1.0 event, or an error frame.
A frame with a cursor stands in the conversation's frame log and can be resumed from; one without concerns this
connection alone. `docs/frames.md` describes both for people who write a client.
"""

from typing import Annotated, Any, Literal, TypeAlias

import orjson
from ag_ui.core import BaseEvent, CustomEvent
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT_CHARACTERS = 4_000

# CUSTOM events by name. The first two concern one connection and are not in the log.
SESSION_OPENED = "session.opened"
MESSAGE_ACKNOWLEDGED = "message.acknowledged"
MESSAGE_ACCEPTED = "message.accepted"
STATUS = "status"
HANDOFF = "handoff"
FEEDBACK_RECORDED = "feedback.recorded"
ACTION_ANSWERED = "action.answered"

# ACTIVITY_SNAPSHOT events by activity type.
CITATIONS = "citations"
ORDER = "order"
ORDERS = "orders"

ClientId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Id = Annotated[str, Field(min_length=1, max_length=128)]


class _ClientFrame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: ClientId


class Start(_ClientFrame):
    """Open a new conversation: in the session of the token where it is this customer's, else in a new one.

    `identity_token` says who the customer is, signed by the host site. `language` is that of the page, as BCP 47.
    """

    type: Literal["start"]
    session_token: Annotated[str, Field(max_length=256)] | None = None
    identity_token: Annotated[str, Field(max_length=4096)] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$")] | None = None


class Resume(_ClientFrame):
    """Come back to a conversation. Without a cursor, or with one that is gone, a snapshot comes first."""

    type: Literal["resume"]
    session_token: Annotated[str, Field(min_length=1, max_length=256)]
    conversation_id: Id
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,18}-[0-9]{1,18}$")] | None = None
    epoch: Id | None = None


class Message(_ClientFrame):
    """A customer's message. The same client id with the same text is the same message."""

    type: Literal["message"]
    text: str


class Stop(_ClientFrame):
    """End the answer that is being written; what stands is kept."""

    type: Literal["stop"]


class Confirm(_ClientFrame):
    """Have a proposed action done, as it was proposed."""

    type: Literal["confirm"]
    action_id: Id


class Decline(_ClientFrame):
    """Have a proposed action left undone."""

    type: Literal["decline"]
    action_id: Id


class Feedback(_ClientFrame):
    """A thumb on a reply; `none` takes it back. The latest counts."""

    type: Literal["feedback"]
    message_id: Id
    rating: Literal["up", "down", "none"]
    reason: Annotated[str, Field(max_length=1000)] | None = None


ClientFrame: TypeAlias = Start | Resume | Message | Stop | Confirm | Decline | Feedback

client_frames: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])

ErrorCode: TypeAlias = Literal[
    "bad_json",
    "unsupported_frame",
    "bad_request",
    "too_long",
    "unauthorized",
    "not_found",
    "conflict",
    "rate_limited",
    "budget_exhausted",
    "busy",
    "unavailable",
    "internal",
]


class ErrorFrame(BaseModel):
    """What went wrong with a frame of the client, or with the connection when `fatal`."""

    model_config = ConfigDict(frozen=True)

    type: Literal["error"] = "error"
    code: ErrorCode
    message: str
    ref: str | None = None
    retry_after_ms: int | None = None
    fatal: bool = False


class CloseCode:
    """WebSocket close codes and what they tell the client."""

    NORMAL = 1000
    UNSUPPORTED = 1003
    POLICY = 1008
    TOO_LARGE = 1009
    RESTART = 1012
    TRY_LATER = 1013
    UNAUTHORIZED = 4401
    IDLE = 4408
    RATE_LIMITED = 4429


def event_json(event: BaseEvent) -> str:
    """An AG-UI event as it stands in the frame log: JSON in camel case, absent values left out."""
    return event.model_dump_json(by_alias=True, exclude_none=True)


def custom(name: str, value: dict[str, Any]) -> CustomEvent:
    """An AG-UI CUSTOM event of ours."""
    return CustomEvent(name=name, value=value)


def envelope(conversation_id: str, cursor: str | None, event: str) -> str:
    """One server frame; `event` is the event's JSON as `event_json` or the frame log gives it."""
    head = orjson.dumps({"cursor": cursor, "conversation_id": conversation_id}).decode()
    return f'{head[:-1]},"event":{event}}}'
