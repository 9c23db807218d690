"""What a client may do with a conversation: open it, come back, speak, stop, judge."""

from dataclasses import dataclass
from typing import Literal, Protocol

from services.gateway.identity import Session, Sessions, new_conversation_id
from services.shared.events import (
    ClientConnected,
    ClientDisconnected,
    ConversationStarted,
    Envelope,
    FeedbackGiven,
    MessageReceived,
    StopRequested,
    new_id,
    now,
)
from services.shared.frame_log import START, FrameLog, Position
from services.shared.frames import (
    FEEDBACK_RECORDED,
    MESSAGE_ACCEPTED,
    CloseCode,
    ErrorCode,
    Feedback,
    Message,
    Resume,
    custom,
    event_json,
)
from services.shared.steps import Intake, Steps

MINUTE_MS = 60_000
BUSY_RETRY_MS = 5_000


class RefusedError(Exception):
    """The client's wish is not granted; `code` is one of the contract's error codes.

    `close_code`: this connection is of no more use, and is closed with it.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        retry_after_ms: int | None = None,
        close_code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after_ms = retry_after_ms
        self.close_code = close_code


class Publisher(Protocol):
    async def publish(self, event: Envelope) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A socket's conversation. `viewer_cursor` is where its frames go on; None asks for a snapshot."""

    session: Session
    conversation_id: str
    epoch: str
    cursor: str
    viewer_cursor: str | None
    is_new: bool


REFUSALS: dict[Intake, tuple[ErrorCode, str, int | None]] = {
    "conflict": ("conflict", "this client_id was used for another text", None),
    "not_found": ("not_found", "there is no such conversation", None),
    "busy": ("busy", "too many messages wait for an answer here", BUSY_RETRY_MS),
    "overloaded": ("busy", "the service has more messages than it can answer", BUSY_RETRY_MS),
}


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """The gateway's side of every conversation. Each method raises RefusedError when the client may not."""

    sessions: Sessions
    steps: Steps
    frames: FrameLog
    publisher: Publisher
    messages_per_minute: int
    waiting_per_conversation: int
    waiting_conversations: int

    async def start(
        self,
        session_token: str | None,
        *,
        channel: Literal["web", "text"] = "web",
        language: str | None = None,
    ) -> Opened:
        """Open a new conversation, in a new session when no token is given."""
        session = await self.session(session_token) if session_token else await self.sessions.create()
        conversation_id, epoch = new_conversation_id(), str(new_id())
        event = ConversationStarted(
            conversation_id=conversation_id,
            session_id=session.session_id,
            customer_id=session.customer_id,
            channel=channel,
            language=language,
        )
        await self.steps.open_conversation(event, epoch)
        return Opened(
            session=session,
            conversation_id=conversation_id,
            epoch=epoch,
            cursor=START,
            viewer_cursor=START,
            is_new=True,
        )

    async def resume(self, frame: Resume) -> Opened:
        """Come back to a conversation of the session."""
        session = await self.session(frame.session_token)
        position = await self.frames.position(frame.conversation_id)
        if position is None or position.session_id != session.session_id:
            raise RefusedError("not_found", "there is no such conversation")
        return Opened(
            session=session,
            conversation_id=frame.conversation_id,
            epoch=position.epoch,
            cursor=position.last_frame,
            viewer_cursor=await self._viewer_cursor(frame, position),
            is_new=False,
        )

    async def _viewer_cursor(self, frame: Resume, position: Position) -> str | None:
        if frame.cursor is None or frame.epoch != position.epoch:
            return None
        reachable = await self.frames.since(frame.conversation_id, frame.cursor)
        return frame.cursor if reachable is not None else None

    async def session(self, token: str) -> Session:
        """The session of a token."""
        session = await self.sessions.find(token)
        if session is None:
            message = "the session is unknown or has expired: start a new one"
            raise RefusedError("unauthorized", message, close_code=CloseCode.UNAUTHORIZED)
        return session

    async def accept(self, opened: Opened, frame: Message) -> str:
        """Take a message in and return its id: once it returns, the broker has it."""
        wait_ms = await self.steps.admit(
            f"rate:{opened.session.session_id}", limit=self.messages_per_minute, window_ms=MINUTE_MS
        )
        if wait_ms:
            message = f"at most {self.messages_per_minute} messages a minute"
            raise RefusedError("rate_limited", message, retry_after_ms=wait_ms)
        event_id = new_id()
        event = MessageReceived(
            event_id=event_id,
            conversation_id=opened.conversation_id,
            customer_id=opened.session.customer_id,
            message_id=str(event_id),
            client_id=frame.client_id,
            text=frame.text,
        )
        shown = {
            "client_id": frame.client_id,
            "message_id": event.message_id,
            "text": frame.text,
            "at": now().isoformat(timespec="milliseconds"),
        }
        outcome, message_id = await self.steps.accept_message(
            event,
            session_id=opened.session.session_id,
            frame=event_json(custom(MESSAGE_ACCEPTED, shown)),
            inbox_limit=self.waiting_per_conversation,
            backlog_limit=self.waiting_conversations,
        )
        if outcome != "accepted":
            code, text, retry_after_ms = REFUSALS[outcome]
            # An opened conversation that is not there was lost with the broker's data: the client begins anew.
            gone = CloseCode.RESTART if outcome == "not_found" else None
            raise RefusedError(code, text, retry_after_ms=retry_after_ms, close_code=gone)
        return message_id

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

    async def record_feedback(self, opened: Opened, frame: Feedback) -> None:
        """Record the customer's vote on a reply."""
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
