"""Writing a turn's frames while keeping the right to do so."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from ag_ui.core import BaseEvent, TextMessageContentEvent, TextMessageStartEvent

from services.shared.cancellation import cancelled
from services.shared.frames import event_json
from services.shared.grants import Fence, Grant

# Shorter than the time after which an entry is taken over: whoever takes it over finds the lease run out.
LEASE_MS = 3_500
RENEW_SECONDS = 0.4
COALESCE_SECONDS = 0.025

Ended: TypeAlias = Literal["finished", "stop", "fenced"]


class FrameSteps(Protocol):
    async def renew(self, grant: Grant, *, lease_ms: int) -> Fence: ...

    async def write_frames(
        self, grant: Grant, frames: list[str], *, written: int, lease_ms: int
    ) -> Fence: ...


@dataclass
class TurnWriter:
    """The frames of one attempt at a turn. Text is coalesced: what arrives within 25 ms is one frame."""

    steps: FrameSteps
    grant: Grant
    message_id: str
    text: str = ""
    text_started: bool = False
    _written: int = 0
    _unsent: str = ""
    _sent_at: float = 0.0
    _end: asyncio.Event = field(default_factory=asyncio.Event)
    _fence: Fence = "ok"
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, work: Coroutine[Any, Any, None]) -> Ended:
        """Do the work until it is finished, the customer stops it, or another worker has the turn."""
        worker = asyncio.create_task(work)
        keeper = asyncio.create_task(self._keep())
        try:
            await asyncio.wait({worker, keeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The keeper is told to end, not cancelled: in Python 3.11 wait_for can swallow a cancellation.
            self._end.set()
            await cancelled(worker)
            results = await asyncio.gather(worker, keeper, return_exceptions=True)
            await self.flush()
        if self._fence != "ok":
            return self._fence
        for result in results:
            if isinstance(result, Exception):
                raise result
        return "finished"

    async def _keep(self) -> None:
        """Renew the lease and send text that waits, until the turn is done or no longer ours."""
        renewed = time.monotonic()
        while not self._end.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), COALESCE_SECONDS)
            await self.flush()
            if time.monotonic() - renewed > RENEW_SECONDS:
                self._note(await self.steps.renew(self.grant, lease_ms=LEASE_MS))
                renewed = time.monotonic()

    def _note(self, fence: Fence) -> None:
        if fence != "ok":
            self._fence = fence
            self._end.set()

    async def say(self, piece: str) -> None:
        """Add to the reply's text."""
        self.text += piece
        self._unsent += piece
        if not self.text_started or time.monotonic() - self._sent_at > COALESCE_SECONDS:
            await self.flush()

    async def flush(self) -> None:
        """Send the text that waits, after what is being sent."""
        if self._unsent or self._sending.locked():
            await self.frames()

    async def frames(self, *events: BaseEvent) -> None:
        """Send events, after the text that waits. What has been begun is sent whole, cancelled or not."""
        await asyncio.shield(asyncio.create_task(self._send(events)))

    async def _send(self, events: Sequence[BaseEvent]) -> None:
        async with self._sending:
            ready = [event_json(event) for event in (*self._text_events(), *events)]
            self._sent_at = time.monotonic()
            if ready and self._fence != "fenced":
                fence = await self.steps.write_frames(
                    self.grant, ready, written=self._written, lease_ms=LEASE_MS
                )
                self._written += len(ready)
                self._note(fence)

    def _text_events(self) -> list[BaseEvent]:
        piece, self._unsent = self._unsent, ""
        if not piece:
            return []
        content = TextMessageContentEvent(message_id=self.message_id, delta=piece)
        if self.text_started:
            return [content]
        self.text_started = True
        return [TextMessageStartEvent(message_id=self.message_id, role="assistant"), content]

    def restate(self, text: str) -> None:
        """Begin the reply's text anew: what was shown of it is replaced."""
        self.text, self._unsent, self.text_started = text, text, False

    def rest(self) -> list[BaseEvent]:
        """The frames of the text that has not been sent, for the commit to append."""
        return self._text_events()
