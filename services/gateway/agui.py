"""AG-UI's HTTP transport: `POST /agui` takes a RunAgentInput and answers with the run's events as they come."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

import orjson
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from services.gateway.agui_input import last_message, read_input, session_token
from services.gateway.agui_run import AguiRun, Event
from services.gateway.agui_threads import Threads
from services.gateway.conversations import Conversations
from services.gateway.decoding import BadFrameError
from services.gateway.entrance import Arrival, Opened
from services.gateway.feeds import Viewer
from services.gateway.identity import TOKEN_HEADER as IDENTITY_HEADER
from services.gateway.languages import preferred_language
from services.gateway.limits import SocketLimits, origin_allowed
from services.gateway.refusals import RefusedError, unavailable
from services.gateway.replies import Replies
from services.shared.frames import SESSION_OPENED, ErrorCode, ErrorFrame

UNAVAILABLE_SECONDS = 2.0
ALIVE_SECONDS = 15.0
ANSWER_SECONDS = 120.0
TOKEN_HEADER = "X-Session-Token"  # noqa: S105 (the header's name)

STATUS: dict[ErrorCode, HTTPStatus] = {
    "bad_json": HTTPStatus.BAD_REQUEST,
    "bad_request": HTTPStatus.BAD_REQUEST,
    "too_long": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "budget_exhausted": HTTPStatus.TOO_MANY_REQUESTS,
    "busy": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, kw_only=True)
class AguiEndpoint:
    """Serves runs under the same sessions, limits and idempotency as the socket does."""

    threads: Threads
    conversations: Conversations
    replies: Replies
    sockets: SocketLimits
    allowed_origins: frozenset[str]
    buffer_bytes: int

    async def serve(self, request: Request) -> Response:
        origin = request.headers.get("origin")
        if not origin_allowed(origin, request.headers.get("host"), self.allowed_origins):
            return Response(status_code=HTTPStatus.FORBIDDEN)
        sharing = _sharing(origin) if origin in self.allowed_origins else {}
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=sharing)
        response = await self._guarded(request)
        response.headers.update(sharing)
        return response

    async def _guarded(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(UNAVAILABLE_SECONDS):
                return await self._answer(request)
        except BadFrameError as error:
            return _error(error.answer)
        except RefusedError as refused:
            return _error(refused.answer())
        except (RedisError, OSError, TimeoutError) as error:
            return _error(unavailable(error))

    async def _answer(self, request: Request) -> Response:
        asked = await read_input(request)
        message = last_message(asked)
        address = request.client.host if request.client else None
        if self.sockets.address_full(address):
            raise RefusedError("rate_limited", "too many connections from this address")
        arrival = Arrival(
            address=address,
            session_token=session_token(request),
            identity_token=request.headers.get(IDENTITY_HEADER),
            language=preferred_language(request.headers.get("accept-language")),
        )
        opened = await self.threads.open(asked.thread_id, arrival)
        run = AguiRun(
            thread_id=asked.thread_id,
            run_id=asked.run_id,
            messages=[each.model_dump(mode="json", by_alias=True) for each in asked.messages],
            message_id=await self.conversations.accept(opened, message),
        )
        return StreamingResponse(
            self._stream(run, opened, address),
            media_type="text/event-stream",
            headers={TOKEN_HEADER: opened.session.token, "Cache-Control": "no-store"},
        )

    async def _stream(self, run: AguiRun, opened: Opened, address: str | None) -> AsyncIterator[bytes]:
        inbox = _Inbox(self.buffer_bytes)
        # Without a cursor the snapshot comes first: it has the answer when this message was sent before.
        viewer = Viewer(receive=inbox.put, cursor=None)
        connection_id, began = uuid4().hex, time.monotonic()
        self.sockets.enter_session(opened.session.session_id)
        try:
            with self.sockets.address(address):
                yield _sse(run.started())
                yield _sse(_session_opened(opened))
                await self.replies.watch(opened.conversation_id, viewer)
                await self.conversations.connected(opened, connection_id)
                while not run.ended:
                    if inbox.overflowed or time.monotonic() - began > ANSWER_SECONDS:
                        yield _sse(run.failed("unavailable", "the answer could not be delivered, ask again"))
                    elif event := await inbox.get():
                        for told in run.take(orjson.loads(event)):
                            yield _sse(told)
                    else:
                        yield b": still working\n\n"
        finally:
            self.sockets.leave_session(opened.session.session_id)
            await asyncio.shield(self._leave(opened, viewer, connection_id, began))

    async def _leave(self, opened: Opened, viewer: Viewer, connection_id: str, began: float) -> None:
        await self.replies.leave(opened.conversation_id, viewer)
        with contextlib.suppress(RedisError, OSError):
            await self.conversations.disconnected(
                opened,
                connection_id,
                close_code=None,
                duration_ms=round((time.monotonic() - began) * 1000),
            )


class _Inbox:
    """The frames that wait for a reader, as many as may."""

    def __init__(self, limit_bytes: int) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._left = limit_bytes

    @property
    def overflowed(self) -> bool:
        return self._left < 0

    def put(self, cursor: str | None, event: str) -> None:  # noqa: ARG002 (the log's own order is enough here)
        self._left -= len(event)
        if not self.overflowed:
            self._queue.put_nowait(event)

    async def get(self) -> str | None:
        """The next frame, or None when there was none for a while."""
        try:
            event = await asyncio.wait_for(self._queue.get(), ALIVE_SECONDS)
        except TimeoutError:
            return None
        self._left += len(event)
        return event


def _sse(event: Event) -> bytes:
    return b"data: " + orjson.dumps(event) + b"\n\n"


def _session_opened(opened: Opened) -> Event:
    value = {
        "session_token": opened.session.token,
        "session_id": opened.session.session_id,
        "customer_id": opened.session.customer_id,
        "conversation_id": opened.conversation_id,
    }
    return {"type": "CUSTOM", "name": SESSION_OPENED, "value": value}


def _sharing(origin: str | None) -> dict[str, str]:
    """What lets a page of another origin read the answer."""
    return {
        "Access-Control-Allow-Origin": origin or "",
        "Access-Control-Allow-Headers": f"authorization, content-type, {IDENTITY_HEADER}",
        "Access-Control-Expose-Headers": TOKEN_HEADER,
        "Vary": "Origin",
    }


def _error(error: ErrorFrame) -> Response:
    headers = {}
    if error.retry_after_ms:
        headers["Retry-After"] = str(-(-error.retry_after_ms // 1000))
    return JSONResponse(error.model_dump(), STATUS[error.code], headers)
