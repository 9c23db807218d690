"""Reading a conversation's frame log, and what a client needs that missed a part of it."""

from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from ag_ui.core import MessagesSnapshotEvent
from pydantic import TypeAdapter
from redis.asyncio import Redis

from services.shared.conversation_keys import ConversationKeys
from services.shared.frames import event_json

START = "0-0"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One frame of the log. `previous` is the cursor of the frame before it: a reader sees every gap."""

    cursor: str
    previous: str
    event: str


@dataclass(frozen=True, kw_only=True)
class Position:
    """Whose conversation it is, where its log stands, and the turn that is running, if one is."""

    session_id: str
    epoch: str
    customer_id: str | None
    last_frame: str
    turn_id: str | None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All messages so far as one event. Frames after `cursor` go on from it; a running turn is among them."""

    cursor: str
    event: str


def order_of(cursor: str) -> tuple[int, int]:
    """A cursor as a pair that compares as frames follow each other."""
    attempt, _, number = cursor.partition("-")
    return int(attempt), int(number)


class FrameLog:
    """The logs of all conversations, read only."""

    def __init__(self, redis: Redis, *, partitions: int) -> None:
        self._redis = redis
        self._partitions = partitions

    def channel(self, conversation_id: str) -> str:
        """The channel on which the conversation's frames are pushed."""
        return ConversationKeys(conversation_id, self._partitions).channel

    async def position(self, conversation_id: str) -> Position | None:
        """Where a conversation stands, or None when there is none of this id."""
        key = ConversationKeys(conversation_id, self._partitions).conversation
        fields = await cast(
            "Awaitable[list[bytes | None]]",
            self._redis.hmget(key, ["session_id", "epoch", "customer_id", "last_frame", "turn"]),
        )
        session, epoch, customer, last_frame, turn = (field.decode() if field else None for field in fields)
        if session is None or epoch is None:
            return None
        return Position(
            session_id=session,
            epoch=epoch,
            customer_id=customer or None,
            last_frame=last_frame or START,
            turn_id=turn,
        )

    async def last_frame(self, conversation_id: str) -> str:
        """The cursor of the newest frame."""
        key = ConversationKeys(conversation_id, self._partitions).conversation
        found = await cast("Awaitable[bytes | None]", self._redis.hget(key, "last_frame"))
        return found.decode() if found else START

    async def since(self, conversation_id: str, cursor: str) -> list[Frame] | None:
        """Every frame after the cursor, or None when the log no longer reaches back to it."""
        keys = ConversationKeys(conversation_id, self._partitions)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hget(keys.conversation, "last_frame")
            pipe.xrange(keys.frames, min=f"({cursor}")
            last_frame, entries = await pipe.execute()
        frames = [
            Frame(cursor=entry_id.decode(), previous=fields[b"p"].decode(), event=fields[b"f"].decode())
            for entry_id, fields in entries
        ]
        reached = frames[0].previous if frames else (last_frame or START.encode()).decode()
        return frames if reached == cursor else None

    async def snapshot(self, conversation_id: str) -> Snapshot:
        """The conversation's messages; those that wait for their answer are the last."""
        keys = ConversationKeys(conversation_id, self._partitions)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hmget(keys.conversation, ["last_frame", "turn", "turn_cursor"])
            pipe.lrange(keys.transcript, 0, -1)
            pipe.lrange(keys.inbox, 0, -1)
            pipe.hgetall(keys.votes)
            pipe.hgetall(keys.actions)
            (last_frame, turn, turn_cursor), transcript, inbox, votes, actions = await pipe.execute()
        messages = [_with_answer(_with_vote(orjson.loads(message), votes), actions) for message in transcript]
        shown = {message["id"] for message in messages}
        messages += [message for message in _waiting(inbox) if message["id"] not in shown]
        cursor = (turn_cursor if turn else last_frame) or START.encode()
        return Snapshot(cursor=cursor.decode(), event=_snapshot_event(messages))


def _with_vote(message: dict[str, Any], votes: dict[bytes, bytes]) -> dict[str, Any]:
    vote = votes.get(message["id"].encode())
    if vote:
        message["metadata"] = {**message.get("metadata", {}), "feedback": orjson.loads(vote)}
    return message


def _with_answer(message: dict[str, Any], actions: dict[bytes, bytes]) -> dict[str, Any]:
    """A proposal's card says what became of it; whether an open one has expired its own time says."""
    action = actions.get(message["id"].encode())
    if action:
        message["content"] = {**message["content"], "state": action.split(b" ", 2)[1].decode()}
    return message


def _waiting(inbox: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """The messages that wait. An answer to a proposal is none: its card shows it."""
    for item in inbox:
        at_ms, _, message = item.partition(b" ")
        fields = orjson.loads(message)
        if "proposal" not in fields:
            yield user_message(
                fields["message_id"], fields["text"], fields["client_id"], int(at_ms), answered=False
            )


def user_message(message_id: str, text: str, client_id: str, at_ms: int, *, answered: bool) -> dict[str, Any]:
    """A customer's message as AG-UI has it in a transcript."""
    metadata = {"client_id": client_id, "at": at_ms, "answered": answered}
    return {"id": message_id, "role": "user", "content": text, "metadata": metadata}


_messages: TypeAdapter[MessagesSnapshotEvent] = TypeAdapter(MessagesSnapshotEvent)


def _snapshot_event(messages: Sequence[dict[str, Any]]) -> str:
    return event_json(_messages.validate_python({"messages": messages}))
