"""The way into a conversation: a new one, or back to one of the session's own."""

from dataclasses import dataclass
from typing import Literal

from services.gateway.identity import Identity
from services.gateway.openings import OpeningLimits
from services.gateway.refusals import RefusedError, UnauthorizedError
from services.gateway.sessions import Session, Sessions, new_conversation_id
from services.shared.customer_steps import CustomerSteps
from services.shared.events import ConversationStarted, new_id
from services.shared.frame_log import START, FrameLog, Position
from services.shared.frames import Resume


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What a client brings along when it wants a new conversation."""

    address: str | None = None
    session_token: str | None = None
    identity_token: str | None = None
    language: str | None = None
    channel: Literal["web", "text"] = "web"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A socket's conversation. `viewer_cursor` is where its frames go on; None asks for a snapshot."""

    session: Session
    conversation_id: str
    epoch: str
    cursor: str
    viewer_cursor: str | None
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Lets clients in. Each method raises RefusedError when the client may not."""

    sessions: Sessions
    identity: Identity
    limits: OpeningLimits
    steps: CustomerSteps
    frames: FrameLog

    async def start(self, arrival: Arrival) -> Opened:
        """Open a new conversation, for the customer of the identity token or for a guest."""
        await self.limits.admit_start(arrival.address)
        session = await self._session_for(arrival)
        conversation_id, epoch = new_conversation_id(), str(new_id())
        event = ConversationStarted(
            conversation_id=conversation_id,
            session_id=session.session_id,
            customer_id=session.customer_id,
            channel=arrival.channel,
            language=arrival.language,
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

    async def _session_for(self, arrival: Arrival) -> Session:
        """The client's session if it is this customer's, else a new one: who had the old token gains nothing."""
        customer_id = None
        if arrival.identity_token is not None:
            customer_id = await self.identity.customer_of(arrival.identity_token)
        if not arrival.session_token:
            return await self.sessions.create(customer_id)
        session = await self.session(arrival.session_token)
        await self.limits.admit_session(session.session_id)
        if session.customer_id != customer_id:
            return await self.sessions.create(customer_id)
        if customer_id is not None:
            await self.sessions.prove(session)
        return session

    async def resume(self, frame: Resume) -> Opened:
        """Come back to a conversation of the session."""
        session = await self.session(frame.session_token)
        await self.limits.admit_session(session.session_id)
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
            raise UnauthorizedError("the session is unknown or has expired: start a new one")
        return session
