"""One open socket: what waits to be sent to it, and how it ends."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field

from prometheus_client import Counter, Gauge
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from services.shared.frames import CloseCode, ErrorFrame

OPEN = Gauge("supportbot_sockets", "Open sockets")
SLOW = Counter("supportbot_slow_readers_total", "Sockets closed because their reader was too slow")
CLOSE_SECONDS = 2.0


@dataclass
class Connection:
    """A socket with a bounded buffer. `send` never waits: a reader that is too slow is cut off."""

    socket: WebSocket
    buffer_bytes: int
    _waiting: deque[str] = field(default_factory=deque)
    _bytes: int = 0
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    close_code: int | None = None

    def send(self, text: str) -> None:
        """Queue one frame."""
        if self.close_code is not None:
            return
        self._waiting.append(text)
        self._bytes += _size(text)
        if self._bytes > self.buffer_bytes:
            SLOW.inc()
            self._waiting.clear()
            self.end(CloseCode.TRY_LATER)
        self._ready.set()

    def send_error(self, error: ErrorFrame) -> None:
        self.send(error.model_dump_json())

    def end(self, code: int) -> None:
        """Close after what is queued has been sent."""
        if self.close_code is None:
            self.close_code = code
            self.ended.set()
            self._ready.set()

    async def write(self) -> None:
        """Send what is queued until the connection ends; returns when it is closed."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
            while True:
                while self._waiting:
                    text = self._waiting.popleft()
                    await self.socket.send_text(text)
                    self._bytes -= _size(text)
                if self.close_code is not None:
                    break
                self._ready.clear()
                await self._ready.wait()
            await self._close(self.close_code)

    async def _close(self, code: int) -> None:
        if self.socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.socket.close(code), CLOSE_SECONDS)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
