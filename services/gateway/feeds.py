"""The frames of one conversation on their way to those who watch it at this gateway."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from redis.exceptions import RedisError

from services.shared.frame_log import Frame, FrameLog, order_of

log = structlog.get_logger()

RETRY_SECONDS = 0.25
RETRY_AFTER_BUG_SECONDS = 3.0
LIVE_LIMIT = 1000

Receive = Callable[[str | None, str], None]
"""Takes one frame: its cursor (None for a frame outside the log) and the event's JSON."""


@dataclass(eq=False)
class Viewer:
    """One socket's view of a conversation; `cursor` is the last frame it was given, None before a snapshot."""

    receive: Receive
    cursor: str | None

    def give(self, frame: Frame) -> None:
        if self.cursor is not None and order_of(frame.cursor) > order_of(self.cursor):
            self.cursor = frame.cursor
            self.receive(frame.cursor, frame.event)


@dataclass(eq=False)
class Feed:
    """The frames of one conversation for all its viewers at this gateway, delivered by one task in order."""

    conversation_id: str
    frames: FrameLog
    viewers: list[Viewer] = field(default_factory=list)
    _live: deque[Frame] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _read_log: bool = False

    def push(self, frame: Frame) -> None:
        if len(self._live) >= LIVE_LIMIT:
            self._live.clear()
            self._read_log = True
        self._live.append(frame)
        self._wake.set()

    def resync(self) -> None:
        """Read the log before anything else is delivered."""
        self._read_log = True
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._deliver()
            except (RedisError, OSError) as error:
                log.warning("cannot read a frame log", reason=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                self.resync()
            except Exception:
                log.exception("a feed cannot go on", conversation_id=self.conversation_id)
                await asyncio.sleep(RETRY_AFTER_BUG_SECONDS)
                self.resync()

    async def _deliver(self) -> None:
        if self._read_log:
            self._read_log = False
            for viewer in list(self.viewers):
                await self._catch_up(viewer)
        while self._live:
            frame = self._live.popleft()
            for viewer in list(self.viewers):
                if viewer.cursor != frame.previous:
                    await self._fill_gap(viewer, frame)
                viewer.give(frame)

    async def _fill_gap(self, viewer: Viewer, frame: Frame) -> None:
        seen = viewer.cursor is not None and order_of(viewer.cursor) >= order_of(frame.cursor)
        if not seen:
            await self._catch_up(viewer)

    async def _catch_up(self, viewer: Viewer) -> None:
        missed = None
        if viewer.cursor is not None:
            missed = await self.frames.since(self.conversation_id, viewer.cursor)
        if missed is None:
            snapshot = await self.frames.snapshot(self.conversation_id)
            viewer.cursor = snapshot.cursor
            viewer.receive(snapshot.cursor, snapshot.event)
            missed = await self.frames.since(self.conversation_id, snapshot.cursor)
        if missed is None:
            # The log has lost the beginning of the running turn: its next frames are all there is.
            viewer.cursor = await self.frames.last_frame(self.conversation_id)
            return
        for frame in missed:
            viewer.give(frame)
