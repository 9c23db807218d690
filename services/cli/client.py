"""One conversation over the gateway's WebSocket, kept through reconnects (docs/frames.md)."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self, TypeAlias
from uuid import uuid4

import orjson
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from services.cli.errors import ChatError, UnreachableError
from services.shared.frames import MAX_FRAME_BYTES, MESSAGE_ACKNOWLEDGED, SESSION_OPENED, CloseCode

Event: TypeAlias = dict[str, Any]

OPEN_SECONDS = 10.0
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)


class ChatClient:
    """Sends messages and gives out events. A lost connection is made again and goes on where it was cut.

    A message that was not acknowledged is sent again with the same id, which the gateway takes as the same one.
    """

    def __init__(
        self,
        url: str,
        *,
        identity_token: str | None = None,
        language: str | None = None,
        patience: float = 30.0,
    ) -> None:
        self._url = socket_url(url)
        self._start = {"identity_token": identity_token, "language": language}
        self._patience = patience
        self._connection = ExitStack()
        self._socket: ClientConnection | None = None
        self._session: dict[str, Any] = {}
        self._cursor: str | None = None
        self._unacknowledged: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    def send(self, text: str) -> str:
        """Sends a message and returns the client id that its acknowledgement will carry."""
        client_id = uuid4().hex
        self._unacknowledged[client_id] = text
        self._write({"type": "message", "client_id": client_id, "text": text})
        return client_id

    def stop(self) -> None:
        """Asks for the end of the answer that is being written."""
        self._write({"type": "stop", "client_id": uuid4().hex})

    def events(self, *, within: float) -> Iterator[Event]:
        """Events as they come. Raises TimeoutError `within` seconds after the first was asked for."""
        deadline = time.monotonic() + within
        while True:
            try:
                frame = self._read(deadline)
            except TimeoutError:
                raise
            except (ConnectionClosed, OSError):
                self._reopen()
                continue
            if frame.get("type") == "error":
                self._meet_error(frame, deadline)
            elif event := self._note(frame):
                yield event

    def _read(self, deadline: float) -> dict[str, Any]:
        if self._socket is None:
            raise ConnectionResetError
        frame: dict[str, Any] = orjson.loads(self._socket.recv(timeout=max(0.0, deadline - time.monotonic())))
        return frame

    def _write(self, frame: dict[str, Any]) -> None:
        """What cannot be written now is not lost: the next read finds the connection gone and sends it again."""
        if self._socket is not None:
            try:
                self._socket.send(orjson.dumps(frame).decode())
            except (ConnectionClosed, OSError):
                self._drop()

    def _note(self, frame: dict[str, Any]) -> Event:
        event: Event = frame["event"]
        self._cursor = frame["cursor"] or self._cursor
        if event.get("name") == MESSAGE_ACKNOWLEDGED:
            self._unacknowledged.pop(event["value"]["client_id"], None)
        return event

    def _meet_error(self, error: dict[str, Any], deadline: float) -> None:
        ref, wait_ms = error.get("ref"), error.get("retry_after_ms")
        if wait_ms is None or error.get("fatal") or time.monotonic() + wait_ms / 1000 > deadline:
            self._unacknowledged.pop(ref or "", None)
            raise ChatError(error["message"])
        time.sleep(wait_ms / 1000)
        if text := self._unacknowledged.get(ref or ""):
            self._write({"type": "message", "client_id": ref, "text": text})

    def _open(self) -> None:
        """Connects, starts or resumes the conversation, and sends again what may not have arrived."""
        self._drop()
        try:
            connecting = connect(
                self._url,
                open_timeout=OPEN_SECONDS,
                compression=None,
                max_size=16 * MAX_FRAME_BYTES,
                proxy=None,
            )
            self._socket = self._connection.enter_context(connecting)
            self._socket.send(orjson.dumps(self._greeting()).decode())
            self._welcome(orjson.loads(self._socket.recv(timeout=OPEN_SECONDS)))
        except InvalidURI:
            raise ChatError(f"{self._url} is not the address of a gateway") from None
        except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as error:
            self._drop()
            raise UnreachableError(
                f"no gateway answers at {self._url} ({_reason(error)}): is `supportbot up` running?"
            ) from None
        for client_id, text in self._unacknowledged.items():
            self._write({"type": "message", "client_id": client_id, "text": text})

    def _greeting(self) -> dict[str, Any]:
        if not self._session:
            known = {name: value for name, value in self._start.items() if value}
            return {"type": "start", "client_id": uuid4().hex, **known}
        known = {name: self._session[name] for name in ("session_token", "conversation_id", "epoch")}
        return {"type": "resume", "client_id": uuid4().hex, "cursor": self._cursor, **known}

    def _welcome(self, frame: dict[str, Any]) -> None:
        if frame.get("type") == "error":
            if frame["code"] == "unavailable":
                raise ConnectionResetError(frame["message"])
            raise ChatError(frame["message"])
        if frame["event"].get("name") != SESSION_OPENED:
            raise ChatError(f"{self._url} does not speak as a gateway does")
        self._session = frame["event"]["value"]
        if self._cursor is None:
            self._cursor = self._session["cursor"]

    def _reopen(self) -> None:
        """Tries again, less and less often, until patience has run out."""
        closed = self._socket.protocol.close_code if self._socket else None
        if closed in {CloseCode.UNAUTHORIZED, CloseCode.IDLE, CloseCode.RATE_LIMITED, CloseCode.POLICY}:
            raise ChatError(f"the gateway has closed the conversation (code {closed})")
        deadline = time.monotonic() + self._patience
        for attempt in range(1_000_000):
            try:
                return self._open()
            except UnreachableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
        return None

    def _drop(self) -> None:
        self._socket = None
        with suppress(ConnectionClosed, OSError):
            self._connection.close()


def socket_url(url: str) -> str:
    """`http://host:8000` → `ws://host:8000/ws`."""
    scheme, separator, rest = url.partition("://")
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if not separator or scheme not in schemes:
        raise ChatError(f"{url} is not an address such as http://127.0.0.1:8000")
    return f"{schemes[scheme]}://{rest.rstrip('/').removesuffix('/ws')}/ws"


def page_url(url: str) -> str:
    """`ws://host:8000/ws` → `http://host:8000`."""
    return socket_url(url).replace("ws", "http", 1).removesuffix("/ws")


def _reason(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__
