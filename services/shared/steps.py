"""The guarded steps of `commit.lua` in Python's words.

Every step is one atomic call on the server. A step may be sent again when its answer was lost: each is either
idempotent by an id or refused by the fence.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.shared.actions import Answer, Proposal
from services.shared.events import (
    ActionConfirmed,
    ActionDeclined,
    ConversationStarted,
    Envelope,
    FeedbackGiven,
    MessageReceived,
    StopRequested,
    ToolCompleted,
    dump_event,
)
from services.shared.streams import (
    CHAT_MESSAGES,
    CHAT_SESSIONS,
    TOOL_RESULTS,
    partition_of,
    stream_of,
)

LIBRARY = Path(__file__).with_name("commit.lua")
TOOL_CALL_MARK_SECONDS = 7 * 24 * 3600

Intake: TypeAlias = Literal["accepted", "conflict", "not_found", "busy", "overloaded"]
Fence: TypeAlias = Literal["ok", "stop", "fenced"]
Answered: TypeAlias = Literal["recorded", "settled", "expired", "not_found"]
Committed: TypeAlias = Literal["done", "more", "waiting", "fenced"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Where a stream entry stands: the physical stream, the group that reads it, its id."""

    stream: str
    group: str
    entry_id: str


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


def tool_call_mark(partition: int, tool_call_id: str) -> str:
    """The key that says that a tool call has been done."""
    return f"tool_call:{{{partition}}}:{tool_call_id}"


class ConversationKeys:
    """The keys of one conversation, in the order in which `commit.lua` names them."""

    def __init__(self, conversation_id: str, partitions: int) -> None:
        self.partition = partition_of(conversation_id, partitions)
        tag = f"{{{self.partition}}}"
        self.conversation = f"conversation:{tag}:{conversation_id}"
        self.inbox = f"inbox:{tag}:{conversation_id}"
        self.transcript = f"transcript:{tag}:{conversation_id}"
        self.frames = f"frames:{tag}:{conversation_id}"
        self.deadlines = f"deadlines:{tag}"
        self.accepted = f"accepted:{tag}:{conversation_id}"
        self.votes = f"votes:{tag}:{conversation_id}"
        self.actions = f"actions:{tag}:{conversation_id}"
        self.channel = f"push:{tag}:{conversation_id}"

    def __iter__(self) -> Iterator[str]:
        return iter(
            (
                self.conversation,
                self.inbox,
                self.transcript,
                self.frames,
                self.deadlines,
                self.accepted,
                self.votes,
                self.actions,
            )
        )


class Steps:
    """The steps over one Redis. `time_limit_ms`: within it an accepted message must have ended."""

    def __init__(self, redis: Redis, *, partitions: int = 1, time_limit_ms: int = 45_000) -> None:
        self._redis = redis
        self._partitions = partitions
        self.time_limit_ms = time_limit_ms

    def keys(self, conversation_id: str) -> ConversationKeys:
        return ConversationKeys(conversation_id, self._partitions)

    async def load(self) -> None:
        """Put the library on the server, in place of an older one."""
        await self._redis.function_load(LIBRARY.read_text(), replace=True)

    async def call(self, function: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """Make one step: a function of the library, which is loaded where it is missing."""
        rest = (*keys, *map(str, args))
        try:
            return await self._redis.fcall(function, len(keys), *rest)
        except ResponseError as error:
            if "Function not found" not in str(error):
                raise
        await self.load()
        return await self._redis.fcall(function, len(keys), *rest)

    async def open_conversation(self, event: ConversationStarted, epoch: str) -> None:
        """Open a conversation for a session; a second call for the same id changes nothing."""
        keys = self.keys(event.conversation_id)
        await self.call(
            "sb_open",
            [*keys, CHAT_SESSIONS.key(keys.partition)],
            [
                event.conversation_id,
                event.session_id,
                event.customer_id or "",
                epoch,
                dump_event(event),
                event.language or "",
            ],
        )

    async def accept_message(
        self,
        event: MessageReceived,
        *,
        session_id: str,
        frame: str,
        inbox_limit: int,
        backlog_limit: int,
    ) -> tuple[Intake, str]:
        """Take a message in: event, inbox and frame together. Returns the outcome and the message's id.

        The same client id with the same text is accepted again with the id it got at first, with another
        text it is a conflict. `busy`: `inbox_limit` messages of this conversation wait already. `overloaded`: that
        many conversations wait in the partition.
        """
        keys = self.keys(event.conversation_id)
        item = {
            "message_id": event.message_id,
            "client_id": event.client_id,
            "text": event.text,
            "event_id": str(event.event_id),
            "trace": event.trace,
        }
        answer = await self.call(
            "sb_intake",
            [*keys, CHAT_MESSAGES.key(keys.partition)],
            [
                event.conversation_id,
                session_id,
                event.client_id,
                hashlib.sha256(event.text.encode()).hexdigest(),
                event.message_id,
                dump_event(event),
                orjson.dumps(item).decode(),
                frame,
                keys.channel,
                inbox_limit,
                backlog_limit,
                self.time_limit_ms,
            ],
        )
        outcome = cast("Intake", answer[0].decode())
        return outcome, answer[1].decode() if len(answer) > 1 else ""

    async def was_accepted(self, conversation_id: str, client_id: str) -> bool:
        """Whether the conversation has a message of this client id already."""
        return bool(await self._redis.hexists(self.keys(conversation_id).accepted, client_id))

    async def begin(
        self,
        conversation_id: str,
        entry: Entry,
        *,
        token: str,
        new_turn_id: str,
        lease_ms: int,
        tool_call_id: str = "",
    ) -> Grant | None:
        """Take up the conversation's turn, or None when there is nothing for this entry to do."""
        keys = self.keys(conversation_id)
        answer = await self.call(
            "sb_begin",
            [*keys, entry.stream],
            [entry.group, entry.entry_id, token, new_turn_id, lease_ms, tool_call_id],
        )
        return _grant(answer, conversation_id, token, entry)

    async def expire(
        self, conversation_id: str, entry: Entry, *, token: str, new_turn_id: str, lease_ms: int
    ) -> Grant | None:
        """Take a turn whose deadline has passed away from whoever holds it; None while it has not."""
        answer = await self.call(
            "sb_expire",
            [*self.keys(conversation_id)],
            [conversation_id, token, new_turn_id, lease_ms],
        )
        return _grant(answer, conversation_id, token, entry)

    async def overdue(self, partition: int) -> list[str]:
        """Conversations whose deadline has passed, by the server's clock, the oldest first, at most 100."""
        seconds, microseconds = await self._redis.time()
        now_ms = seconds * 1000 + microseconds // 1000
        found: Any = await self._redis.zrangebyscore(
            f"deadlines:{{{partition}}}", "-inf", now_ms, start=0, num=100
        )
        return [conversation_id.decode() for conversation_id in found]

    async def renew(self, grant: Grant, *, lease_ms: int) -> Fence:
        """Keep the turn for another lease."""
        keys = [*self.keys(grant.conversation_id)]
        answer = await self.call("sb_renew", keys, [grant.token, lease_ms])
        return cast("Fence", answer.decode())

    async def write_frames(
        self, grant: Grant, frames: Sequence[str], *, written: int, lease_ms: int
    ) -> Fence:
        """Append frames to the log and push them, if the turn is still ours, after the `written` before."""
        keys = self.keys(grant.conversation_id)
        answer = await self.call(
            "sb_write_frames", [*keys], [grant.token, lease_ms, written, keys.channel, *frames]
        )
        return cast("Fence", answer.decode())

    async def commit(self, grant: Grant, step: Commit) -> Committed:
        """Make a step: state, events, frames, transcript and acknowledgement, together, under the fence."""
        keys = self.keys(grant.conversation_id)
        streams = sorted({stream_of(event).key(keys.partition) for event in step.events})
        events = [
            [streams.index(stream_of(event).key(keys.partition)) + 1, dump_event(event)]
            for event in step.events
        ]
        document = {
            "conversation_id": grant.conversation_id,
            "group": grant.entry.group,
            "entry": grant.entry.entry_id,
            "channel": keys.channel,
            "state": step.state,
            "events": events,
            "frames": list(step.frames),
            "transcript": list(step.transcript),
            "proposals": [[each.action_id, each.lifetime_ms, each.to_json()] for each in step.proposals],
            "reply_id": step.reply_id,
            "waiting_for": step.waiting_for,
            "limit_ms": self.time_limit_ms,
        }
        answer = await self.call(
            "sb_commit",
            [*keys, grant.entry.stream, *streams],
            [grant.token, orjson.dumps(document).decode()],
        )
        return cast("Committed", answer.decode())

    async def admit(self, key: str, *, limit: int, window_ms: int) -> int:
        """Count one use of `key`: 0 when `limit` in any window allows it, else the ms to wait."""
        return int(await self.call("sb_admit", [key], [limit, window_ms]))

    async def request_stop(self, event: StopRequested, *, session_id: str) -> bool:
        """Tell the running turn to end; False when it is no longer running."""
        keys = self.keys(event.conversation_id)
        answer = await self.call(
            "sb_stop",
            [*keys, CHAT_MESSAGES.key(keys.partition)],
            [session_id, event.turn_id or "", dump_event(event)],
        )
        return bool(answer)

    async def record_vote(self, event: FeedbackGiven, *, session_id: str, client_id: str, frame: str) -> bool:
        """Record a vote on a reply, once per client id; False when the session has no such reply."""
        keys = self.keys(event.conversation_id)
        vote = {"rating": event.rating, "reason": event.reason}
        answer = await self.call(
            "sb_vote",
            [*keys, CHAT_SESSIONS.key(keys.partition)],
            [
                session_id,
                event.message_id,
                orjson.dumps(vote).decode(),
                client_id,
                dump_event(event),
                frame,
                keys.channel,
            ],
        )
        return bool(answer == b"recorded")

    async def answer_action(
        self, event: ActionConfirmed | ActionDeclined, *, session_id: str, client_id: str, frame: str
    ) -> Answered:
        """Take the customer's answer to a proposal in, as the next thing to be answered in the conversation.

        The first answer counts: `recorded` for it and whenever it is repeated, `settled` for another one.
        """
        keys = self.keys(event.conversation_id)
        item = {
            "message_id": str(event.event_id),
            "client_id": client_id,
            "text": "",
            "event_id": str(event.event_id),
            "trace": event.trace,
            "confirmed": isinstance(event, ActionConfirmed),
        }
        answer = await self.call(
            "sb_answer_action",
            [*keys, CHAT_MESSAGES.key(keys.partition)],
            [
                event.conversation_id,
                session_id,
                event.action_id,
                "confirmed" if isinstance(event, ActionConfirmed) else "declined",
                dump_event(event),
                orjson.dumps(item).decode(),
                frame,
                keys.channel,
                self.time_limit_ms,
            ],
        )
        return cast("Answered", answer.decode())

    async def complete_tool_call(self, entry: Entry, completed: ToolCompleted) -> bool:
        """Append the result once per tool call and acknowledge its request; False when it was there."""
        partition = partition_of(completed.conversation_id, self._partitions)
        answer = await self.call(
            "sb_complete_tool_call",
            [
                entry.stream,
                TOOL_RESULTS.key(partition),
                tool_call_mark(partition, completed.tool_call_id),
            ],
            [entry.group, entry.entry_id, dump_event(completed), TOOL_CALL_MARK_SECONDS],
        )
        return bool(answer)

    async def forget_readers(self, stream: str, group: str, *, idle_ms: int) -> int:
        """Forget the group's readers that are gone: idle for so long, with nothing pending. Returns how many."""
        return int(await self.call("sb_forget_readers", [stream], [group, idle_ms]))


def _grant(answer: list[Any], conversation_id: str, token: str, entry: Entry) -> Grant | None:
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
