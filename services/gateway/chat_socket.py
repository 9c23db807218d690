"""The conversation of one socket with its client, frame by frame."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import uuid4

import structlog
from redis.exceptions import RedisError
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.gateway.connections import Connection
from services.gateway.conversations import Conversations
from services.gateway.decoding import BadFrameError
from services.gateway.entrance import Arrival, Entrance, Opened
from services.gateway.feeds import Viewer
from services.gateway.limits import SocketLimits, Strikes
from services.gateway.refusals import RefusedError, unavailable
from services.gateway.replies import Replies
from services.shared.frames import (
    ClientFrame,
    CloseCode,
    Confirm,
    Decline,
    ErrorFrame,
    Feedback,
    Message,
    Resume,
    Start,
    Stop,
)

log = structlog.get_logger()

MAX_REFUSALS = 50
UNAVAILABLE_SECONDS = 1.5
FAREWELL_SECONDS = 2.0


class View(Protocol):
    """How one kind of client is spoken to: JSON frames, or plain text."""

    def decode(self, text: str) -> ClientFrame: ...

    def opened(self, opened: Opened, ref: str) -> None: ...

    def acknowledged(self, conversation_id: str, client_id: str, message_id: str) -> None: ...

    def frame(self, conversation_id: str, cursor: str | None, event: str) -> None: ...

    def error(self, error: ErrorFrame) -> None: ...


@dataclass(kw_only=True)
class ChatSocket:
    """Serves one accepted socket until it ends. `arrival` is what the handshake says of the client."""

    socket: WebSocket
    connection: Connection
    view: View
    arrival: Arrival
    entrance: Entrance
    conversations: Conversations
    replies: Replies
    sockets: SocketLimits
    idle_seconds: float
    opens_itself: bool = False
    connection_id: str = field(default_factory=lambda: uuid4().hex)
    _opened: Opened | None = None
    _viewer: Viewer | None = None
    _bad_json: Strikes = field(default_factory=Strikes)
    _binary: Strikes = field(default_factory=Strikes)
    _refusals: Strikes = field(default_factory=lambda: Strikes(limit=MAX_REFUSALS))
    _began: float = field(default_factory=time.monotonic)

    async def serve(self) -> None:
        """Read and write until either side ends the connection."""
        writer = asyncio.create_task(self.connection.write())
        reader = asyncio.create_task(self._read())
        ended = asyncio.create_task(self.connection.ended.wait())
        try:
            await asyncio.wait({writer, reader, ended}, return_when=asyncio.FIRST_COMPLETED)
            self.connection.end(CloseCode.NORMAL)
            await asyncio.wait({writer}, timeout=FAREWELL_SECONDS)
        finally:
            for task in (reader, writer, ended):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(self._leave())

    async def _read(self) -> None:
        if self.opens_itself:
            await self._guarded(None, self._open_by_itself)
            if self._opened is None:
                self.connection.end(CloseCode.TRY_LATER)
        while self.connection.close_code is None:
            try:
                async with asyncio.timeout(self.idle_seconds):
                    received = await self.socket.receive()
            except TimeoutError:
                self.connection.end(CloseCode.IDLE)
                return
            except WebSocketDisconnect:
                return
            if received["type"] == "websocket.disconnect":
                self.connection.end(received.get("code") or CloseCode.NORMAL)
                return
            await self._take(received)

    async def _take(self, received: Any) -> None:
        text = received.get("text")
        if text is None:
            self.view.error(ErrorFrame(code="unsupported_frame", message="binary frames are not supported"))
            if self._binary.out():
                self.connection.end(CloseCode.UNSUPPORTED)
            return
        try:
            frame = self.view.decode(text)
        except BadFrameError as error:
            self.view.error(error.answer)
            if error.answer.code == "bad_json" and self._bad_json.out():
                self.connection.end(CloseCode.POLICY)
            return
        await self._guarded(frame.client_id, lambda: self._handle(frame))

    async def _guarded(self, ref: str | None, action: Callable[[], Awaitable[None]]) -> None:
        """Turn what can go wrong into an error frame: nothing a client sends ends in silence."""
        try:
            async with asyncio.timeout(UNAVAILABLE_SECONDS):
                await action()
        except RefusedError as refused:
            self._refuse(refused, ref)
        except (RedisError, OSError, TimeoutError) as error:
            self.view.error(unavailable(error, ref))
            if self._opened is None:
                self.connection.end(CloseCode.TRY_LATER)
        except Exception:
            reference = uuid4().hex[:12]
            log.exception("a frame could not be handled", reference=reference)
            message = f"something went wrong on our side, reference {reference}"
            self.view.error(ErrorFrame(code="internal", message=message, ref=ref))

    def _refuse(self, refused: RefusedError, ref: str | None) -> None:
        self.view.error(refused.answer(ref))
        if refused.close_code is not None:
            self.connection.end(refused.close_code)
        elif refused.code == "rate_limited" and self._refusals.out():
            self.connection.end(CloseCode.RATE_LIMITED)

    async def _handle(self, frame: ClientFrame) -> None:
        match frame:
            case Start():
                await self._enter(await self._start(frame), frame.client_id)
            case Resume():
                await self._enter(await self._resume(frame), frame.client_id)
            case _ if self._opened is None:
                raise RefusedError("bad_request", "/type: the first frame is start or resume")
            case Message():
                message_id = await self.conversations.accept(self._opened, frame)
                self.view.acknowledged(self._opened.conversation_id, frame.client_id, message_id)
            case Stop():
                await self.conversations.stop(self._opened)
            case Feedback():
                await self.conversations.record_feedback(self._opened, frame)
            case Confirm() | Decline():
                await self.conversations.answer_action(self._opened, frame)

    async def _start(self, frame: Start) -> Opened:
        self._must_be_new()
        return await self.entrance.start(
            replace(
                self.arrival,
                session_token=frame.session_token,
                identity_token=frame.identity_token,
                language=frame.language,
            )
        )

    async def _resume(self, frame: Resume) -> Opened:
        self._must_be_new()
        return await self.entrance.resume(frame)

    def _must_be_new(self) -> None:
        if self._opened is not None:
            raise RefusedError("bad_request", "/type: this socket has its conversation, open another socket")

    async def _open_by_itself(self) -> None:
        await self._enter(await self.entrance.start(self.arrival), "text")

    async def _enter(self, opened: Opened, ref: str) -> None:
        self.sockets.check_session(opened.session.session_id)
        self._opened = opened
        self.sockets.enter_session(opened.session.session_id)
        self.view.opened(opened, ref)
        conversation_id = opened.conversation_id
        self._viewer = Viewer(
            receive=lambda cursor, event: self.view.frame(conversation_id, cursor, event),
            cursor=opened.viewer_cursor,
        )
        await self.replies.watch(conversation_id, self._viewer)
        await self.conversations.connected(opened, self.connection_id)

    async def _leave(self) -> None:
        if self._opened is None:
            return
        self.sockets.leave_session(self._opened.session.session_id)
        if self._viewer is not None:
            await self.replies.leave(self._opened.conversation_id, self._viewer)
        with contextlib.suppress(RedisError, OSError):
            await self.conversations.disconnected(
                self._opened,
                self.connection_id,
                close_code=self.connection.close_code,
                duration_ms=round((time.monotonic() - self._began) * 1000),
            )
