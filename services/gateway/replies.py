"""From the frame logs to the open sockets.

Frames are pushed on one channel a conversation and stand in its log. A feed subscribes first, then reads the log
from each viewer's cursor, drops what was seen, and reads the log again whenever the pushed frames show a gap, the
subscription was made anew, or some seconds have passed: pub/sub alone loses frames when Redis restarts.
"""

import asyncio
import contextlib

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from services.gateway.feeds import Feed, Viewer
from services.shared.frame_log import Frame, FrameLog

log = structlog.get_logger()

SWEEP_SECONDS = 3.0
RECONNECT_SECONDS = 0.25

# RuntimeError is what redis-py says of a connection that another task is just making.
NOT_CONNECTED = (RedisError, OSError, RuntimeError)


class Replies:
    """All feeds of a gateway over one pub/sub connection."""

    def __init__(self, redis: Redis, frames: FrameLog) -> None:
        self._redis = redis
        self._frames = frames
        self._pubsub: PubSub = redis.pubsub()
        self._feeds: dict[str, tuple[Feed, asyncio.Task[None]]] = {}
        self._any = asyncio.Event()
        # A PubSub without a connection makes one for each call that meets it, and listens to the last alone.
        self._changing = asyncio.Lock()

    async def watch(self, conversation_id: str, viewer: Viewer) -> None:
        """Give the viewer everything after its cursor, then each new frame."""
        channel = self._frames.channel(conversation_id)
        if channel in self._feeds:
            feed, _ = self._feeds[channel]
            feed.viewers.append(viewer)
            feed.resync()
            return
        feed = Feed(conversation_id=conversation_id, frames=self._frames, viewers=[viewer])
        self._feeds[channel] = (feed, asyncio.create_task(feed.run()))
        self._any.set()
        try:
            await self._subscribe(channel)
        except NOT_CONNECTED:
            feed.resync()  # the listener subscribes to every feed when it is connected again

    async def leave(self, conversation_id: str, viewer: Viewer) -> None:
        """Give the viewer nothing more."""
        channel = self._frames.channel(conversation_id)
        feed, task = self._feeds.get(channel, (None, None))
        if feed is None or task is None:
            return
        with contextlib.suppress(ValueError):
            feed.viewers.remove(viewer)
        if not feed.viewers:
            del self._feeds[channel]
            task.cancel()
            with contextlib.suppress(*NOT_CONNECTED):
                async with self._changing:
                    await self._pubsub.unsubscribe(channel)

    async def _subscribe(self, *channels: str) -> None:
        async with self._changing:
            await self._pubsub.subscribe(*channels)

    async def run(self) -> None:
        """Listen and sweep, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._sweep())

    async def _listen(self) -> None:
        while True:
            await self._any.wait()
            try:
                await self._listen_once()
            except NOT_CONNECTED as error:
                log.warning("push connection lost", reason=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
                await self._connect_again()

    async def _listen_once(self) -> None:
        if not self._feeds:
            self._any.clear()
            return
        if not self._pubsub.subscribed:
            await self._subscribe(*self._feeds)
        async for message in self._pubsub.listen():
            feed, _ = self._feeds.get(message["channel"].decode(), (None, None))
            if feed is None:
                continue
            if message["type"] == "subscribe":
                feed.resync()
            elif message["type"] == "message":
                cursor, previous, event = message["data"].split(b" ", 2)
                feed.push(Frame(cursor=cursor.decode(), previous=previous.decode(), event=event.decode()))

    async def _connect_again(self) -> None:
        async with self._changing:
            with contextlib.suppress(RedisError, OSError):
                await self._pubsub.aclose()  # type: ignore[no-untyped-call]
            self._pubsub = self._redis.pubsub()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for feed, _ in list(self._feeds.values()):
                with contextlib.suppress(RedisError, OSError):
                    newest = await self._frames.last_frame(feed.conversation_id)
                    if any(viewer.cursor != newest for viewer in feed.viewers):
                        feed.resync()
