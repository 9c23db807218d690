"""What a client may do in a conversation: speak, stop, answer a proposal, judge; and that it came and went."""

from dataclasses import dataclass
from typing import Protocol

from services.gateway.allowance import Allowance
from services.gateway.entrance import Opened
from services.gateway.rates import admit
from services.gateway.refusals import RefusedError, UnauthorizedError
from services.gateway.sessions import Sessions
from services.shared.customer_steps import Answered, CustomerSteps, Intake
from services.shared.events import (
    ActionConfirmed,
    ActionDeclined,
    ClientConnected,
    ClientDisconnected,
    Envelope,
    FeedbackGiven,
    MessageReceived,
    StopRequested,
    new_id,
)
from services.shared.frame_log import FrameLog
from services.shared.frames import (
    ACTION_ANSWERED,
    FEEDBACK_RECORDED,
    MESSAGE_ACCEPTED,
    CloseCode,
    Confirm,
    Decline,
    ErrorCode,
    Feedback,
    Message,
    custom,
    event_json,
)

BUSY_RETRY_MS = 5_000


class Publisher(Protocol):
    async def publish(self, event: Envelope) -> None: ...


REFUSALS: dict[Intake, tuple[ErrorCode, str, int | None]] = {
    "conflict": ("conflict", "this client_id was used for another text", None),
    "not_found": ("not_found", "there is no such conversation", None),
    "busy": ("busy", "too many messages wait for an answer here", BUSY_RETRY_MS),
    "overloaded": ("busy", "the service has more messages than it can answer", BUSY_RETRY_MS),
}
UNANSWERABLE: dict[Answered, tuple[ErrorCode, str]] = {
    "settled": ("conflict", "the other answer was given before"),
    "expired": ("not_found", "this proposal has expired"),
    "not_found": ("not_found", "nothing of this id waits for your answer"),
}


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """The gateway's side of every open conversation. Each method raises RefusedError when the client may not."""

    sessions: Sessions
    steps: CustomerSteps
    frames: FrameLog
    publisher: Publisher
    allowance: Allowance
    messages_per_minute: int
    waiting_per_conversation: int
    waiting_conversations: int

    async def accept(self, opened: Opened, frame: Message) -> str:
        """Take a message in and return its id: once it returns, the broker has it."""
        await self._admit(opened, "messages", key="rate")
        await self._use_session(opened)
        await self._check_budget(opened, frame)
        event = _received(opened, frame)
        outcome, message_id = await self.steps.accept_message(
            event,
            session_id=opened.session.session_id,
            frame=_accepted(event),
            inbox_limit=self.waiting_per_conversation,
            backlog_limit=self.waiting_conversations,
        )
        if outcome != "accepted":
            code, text, retry_after_ms = REFUSALS[outcome]
            # An opened conversation that is not there was lost with the broker's data: the client begins anew.
            gone = CloseCode.RESTART if outcome == "not_found" else None
            raise RefusedError(code, text, retry_after_ms=retry_after_ms, close_code=gone)
        return message_id

    async def _admit(self, opened: Opened, what: str, *, key: str) -> None:
        await admit(
            self.steps,
            f"{key}:{opened.session.session_id}",
            per_minute=self.messages_per_minute,
            refusal=f"at most {self.messages_per_minute} {what} a minute",
        )

    async def _use_session(self, opened: Opened) -> None:
        """Nothing is done for a customer whose sign-in has ended, also on a socket that was open before."""
        if not await self.sessions.use(opened.session) and opened.session.customer_id:
            raise UnauthorizedError("you are no longer signed in: start with a new identity_token")

    async def _check_budget(self, opened: Opened, frame: Message) -> None:
        """A message that is sent again costs nothing."""
        session_id = opened.session.session_id
        if await self.allowance.is_spent(session_id) and not await self.steps.was_accepted(
            opened.conversation_id, frame.client_id
        ):
            await self.allowance.take_from_reserve(session_id, frame.text)

    async def stop(self, opened: Opened) -> None:
        """End the answer that is being written, if one is."""
        position = await self.frames.position(opened.conversation_id)
        if position and position.turn_id:
            event = StopRequested(
                conversation_id=opened.conversation_id,
                turn_id=position.turn_id,
                customer_id=opened.session.customer_id,
            )
            await self.steps.request_stop(event, session_id=opened.session.session_id)

    async def answer_action(self, opened: Opened, frame: Confirm | Decline) -> None:
        """Take in what the customer says to a proposal, once."""
        await self._use_session(opened)
        kind = ActionConfirmed if isinstance(frame, Confirm) else ActionDeclined
        event = kind(
            conversation_id=opened.conversation_id,
            customer_id=opened.session.customer_id,
            action_id=frame.action_id,
        )
        value = {
            "action_id": frame.action_id,
            "message_id": str(event.event_id),
            "answer": "confirmed" if isinstance(frame, Confirm) else "declined",
        }
        outcome = await self.steps.answer_action(
            event,
            session_id=opened.session.session_id,
            client_id=frame.client_id,
            frame=event_json(custom(ACTION_ANSWERED, value)),
        )
        if outcome != "recorded":
            raise RefusedError(*UNANSWERABLE[outcome])

    async def record_feedback(self, opened: Opened, frame: Feedback) -> None:
        """Record the customer's vote on a reply. There may be as many a minute as messages, beside them."""
        await self._admit(opened, "votes", key="votes")
        event = FeedbackGiven(
            conversation_id=opened.conversation_id,
            customer_id=opened.session.customer_id,
            message_id=frame.message_id,
            rating=frame.rating,
            reason=frame.reason,
        )
        value = {"message_id": frame.message_id, "rating": frame.rating, "reason": frame.reason}
        recorded = await self.steps.record_vote(
            event,
            session_id=opened.session.session_id,
            client_id=frame.client_id,
            frame=event_json(custom(FEEDBACK_RECORDED, value)),
        )
        if not recorded:
            raise RefusedError("not_found", f"there is no reply {frame.message_id} here")

    async def connected(self, opened: Opened, connection_id: str) -> None:
        await self.publisher.publish(
            ClientConnected(
                conversation_id=opened.conversation_id,
                customer_id=opened.session.customer_id,
                session_id=opened.session.session_id,
                connection_id=connection_id,
            )
        )

    async def disconnected(
        self, opened: Opened, connection_id: str, *, close_code: int | None, duration_ms: int
    ) -> None:
        await self.publisher.publish(
            ClientDisconnected(
                conversation_id=opened.conversation_id,
                customer_id=opened.session.customer_id,
                session_id=opened.session.session_id,
                connection_id=connection_id,
                close_code=close_code,
                duration_ms=duration_ms,
            )
        )


def _received(opened: Opened, frame: Message) -> MessageReceived:
    event_id = new_id()
    return MessageReceived(
        event_id=event_id,
        conversation_id=opened.conversation_id,
        customer_id=opened.session.customer_id,
        message_id=str(event_id),
        client_id=frame.client_id,
        text=frame.text,
    )


def _accepted(event: MessageReceived) -> str:
    """What every window of the conversation is shown of the message."""
    shown = {
        "client_id": event.client_id,
        "message_id": event.message_id,
        "text": event.text,
        "at": event.occurred_at.isoformat(timespec="milliseconds"),
    }
    return event_json(custom(MESSAGE_ACCEPTED, shown))
