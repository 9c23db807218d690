"""The right to work on a turn, and what is done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson

from services.shared.actions import Answer, Proposal
from services.shared.entries import Entry
from services.shared.events import Envelope

Fence: TypeAlias = Literal["ok", "stop", "fenced"]
Committed: TypeAlias = Literal["done", "more", "waiting", "fenced"]


@dataclass(frozen=True, kw_only=True)
class AcceptedMessage:
    """A customer's message in the inbox of its conversation; `at_ms` is the server's time of acceptance.

    `again`: it stands in the transcript already, with the apology that ended it there. With an `answer` it has no
    text: it is what the customer said to a proposal.
    """

    message_id: str
    client_id: str
    text: str
    at_ms: int
    event_id: str
    trace: str | None
    again: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """The right to work on a turn, and all there is to know for it.

    `state` is what the last commit stored, empty at first; `transcript` its latest messages as AG-UI JSON.
    `customer_id` is None for a guest; `language` is the one that the client named, if it named one.
    """

    conversation_id: str
    token: str
    turn_id: str
    attempt: int
    state: str
    customer_id: str | None
    inbox: tuple[AcceptedMessage, ...]
    transcript: tuple[str, ...]
    entry: Entry
    session_id: str = ""
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What one step changes, all of it or nothing. `waiting_for` leaves the turn open for that tool call.

    From here on the customer may answer the `proposals`.
    """

    state: str
    events: Sequence[Envelope] = ()
    frames: Sequence[str] = ()
    transcript: Sequence[str] = ()
    proposals: Sequence[Proposal] = ()
    reply_id: str = ""
    waiting_for: str = ""


def reply_id_of(turn_id: str) -> str:
    """The message id of a turn's reply, the same in every attempt at the turn."""
    return f"reply-{turn_id}"


def read_grant(answer: list[Any], conversation_id: str, token: str, entry: Entry) -> Grant | None:
    """The grant in the server's answer to a step that takes up a turn; None when it grants nothing."""
    if answer[0] != b"granted":
        return None
    _, turn, attempt, state, customer, session, language, inbox, transcript = answer
    return Grant(
        conversation_id=conversation_id,
        token=token,
        turn_id=turn.decode(),
        attempt=attempt,
        state=state.decode(),
        customer_id=customer.decode() or None,
        session_id=session.decode(),
        language=language.decode() or None,
        inbox=tuple(_accepted(item) for item in inbox),
        transcript=tuple(message.decode() for message in transcript),
        entry=entry,
    )


def _accepted(item: bytes) -> AcceptedMessage:
    at, _, message = item.partition(b" ")
    fields = orjson.loads(message)
    if proposal := fields.pop("proposal", None):
        fields["answer"] = Answer.to(proposal, confirmed=fields.pop("confirmed"))
    return AcceptedMessage(at_ms=int(at), **fields)
