"""The guarded steps of a customer: what the gateway does for one."""

import hashlib
from typing import Literal, TypeAlias, cast

import orjson

from services.shared.events import (
    ActionConfirmed,
    ActionDeclined,
    ConversationStarted,
    Envelope,
    FeedbackGiven,
    MessageReceived,
    StopRequested,
    dump_event,
)
from services.shared.function_library import FunctionLibrary
from services.shared.streams import CHAT_MESSAGES, CHAT_SESSIONS

Intake: TypeAlias = Literal["accepted", "conflict", "not_found", "busy", "overloaded"]
Answered: TypeAlias = Literal["recorded", "settled", "expired", "not_found"]


class CustomerSteps(FunctionLibrary):
    """A conversation opened, a message taken in, a stop, a vote, an answer to a proposal."""

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
                _inbox_item(event, event.message_id, event.client_id, text=event.text),
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
        confirmed = isinstance(event, ActionConfirmed)
        answer = await self.call(
            "sb_answer_action",
            [*keys, CHAT_MESSAGES.key(keys.partition)],
            [
                event.conversation_id,
                session_id,
                event.action_id,
                "confirmed" if confirmed else "declined",
                dump_event(event),
                _inbox_item(event, str(event.event_id), client_id, text="", confirmed=confirmed),
                frame,
                keys.channel,
                self.time_limit_ms,
            ],
        )
        return cast("Answered", answer.decode())

    async def admit(self, key: str, *, limit: int, window_ms: int) -> int:
        """Count one use of `key`: 0 when `limit` in any window allows it, else the ms to wait."""
        return int(await self.call("sb_admit", [key], [limit, window_ms]))


def _inbox_item(event: Envelope, message_id: str, client_id: str, **said: str | bool) -> str:
    """What the router is granted of it, as JSON; the server adds when it was accepted."""
    origin = {"event_id": str(event.event_id), "trace": event.trace}
    return orjson.dumps({"message_id": message_id, "client_id": client_id, **origin, **said}).decode()
