"""A customer of a running stack, as a client that keeps the contract: it comes back by its cursor, sends again what
was not acknowledged, and keeps what it is shown."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from services.shared.frame_log import START, order_of

Frame: TypeAlias = dict[str, Any]

OPEN_SECONDS = 10
BACK_SECONDS = 0.1
TRY_AGAIN_SECONDS = 0.3


class RefusedError(Exception):
    """The gateway answered a frame with an error; its code is the text."""


@dataclass
class Screen:
    """What a client knows of its conversation from the frames it was sent.

    `doubled` counts frames that came a second time or before an earlier one.
    """

    cursor: str = START
    texts: dict[str, str] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    apologies: set[str] = field(default_factory=set)
    snapshots: int = 0
    doubled: int = 0

    def take(self, frame: Frame) -> None:
        event, cursor = frame["event"], frame["cursor"]
        if event["type"] == "MESSAGES_SNAPSHOT":
            self._start_over(event["messages"])
            self.cursor = cursor
            return
        if cursor is not None:
            self.doubled += order_of(cursor) <= order_of(self.cursor)
            self.cursor = cursor
        match event["type"]:
            case "TEXT_MESSAGE_START":
                self.texts[event["messageId"]] = ""
            case "TEXT_MESSAGE_CONTENT":
                self.texts[event["messageId"]] += event["delta"]
            case "RUN_FINISHED":
                self.answered += event["result"]["in_reply_to"]
            case "RUN_ERROR":
                self.answered += event["metadata"]["in_reply_to"]
                self.apologies.update(event["metadata"]["in_reply_to"])

    def _start_over(self, messages: Sequence[Frame]) -> None:
        replies = [message for message in messages if message["role"] == "assistant"]
        self.snapshots += 1
        self.texts = {reply["id"]: reply["content"] for reply in replies}
        self.answered = [each for reply in replies for each in reply["metadata"]["in_reply_to"]]
        self.apologies = {
            each
            for reply in replies
            if reply["metadata"].get("failed")
            for each in reply["metadata"]["in_reply_to"]
        }


@dataclass(kw_only=True)
class Customer:
    """One conversation in one tab.

    It speaks its `texts` one after the other, each when the one before is answered and `pause` seconds have passed
    since that was sent, or all at once in a `burst`; not before the monotonic time `speaks_from`. After a cut it
    comes back at the next of `urls`; one that is `forgetful` comes back as after a reload, without its cursor. A tab
    that `follows` another says nothing and is done when it shows the same.
    """

    urls: Sequence[str]
    texts: Sequence[str] = ()
    burst: bool = False
    pause: float = 0.0
    speaks_from: float = 0.0
    forgetful: bool = False
    follows: "Customer | None" = None
    session: Frame = field(default_factory=dict)
    screen: Screen = field(default_factory=Screen)
    sent: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    cuts: list[int | None] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    waits: dict[str, float] = field(default_factory=dict)
    returns: list[float] = field(default_factory=list)
    finished_at: float = 0.0
    _sent_at: dict[str, float] = field(default_factory=dict)
    _returning_since: float | None = None
    _target: str = START

    @property
    def done(self) -> bool:
        if self.follows is not None:
            return self.follows.done and self.screen.answered == self.follows.screen.answered
        return min(len(self.screen.answered), len(self.acknowledged)) >= len(self.texts)

    @property
    def expected(self) -> list[str]:
        """The ids of its messages in the order in which they were sent."""
        if self.follows is not None:
            return self.follows.expected
        return [self.acknowledged.get(client_id, f"{client_id} unacknowledged") for client_id in self.sent]

    async def run(self, until: float) -> None:
        """Speak until every message has its answer or the time is up."""
        await self.stay(until, lambda: self.done)
        self.finished_at = time.monotonic()

    async def stay(self, until: float, done: Callable[[], bool]) -> None:
        """Be there, whatever is cut, until it is done or the time is up."""
        urls = itertools.cycle(self.urls)
        while not done() and time.monotonic() < until:
            if self.follows and not self.follows.session:
                await asyncio.sleep(BACK_SECONDS)
                continue
            try:
                await self._visit(next(urls), until, done)
            except RefusedError as refusal:
                self.refusals[str(refusal)] += 1
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(BACK_SECONDS)

    async def _visit(self, url: str, until: float, done: Callable[[], bool]) -> None:
        self._returning_since = time.monotonic() if self.session else None
        async with connect(url, open_timeout=OPEN_SECONDS, ping_interval=None, compression=None) as socket:
            await self._open(socket)
            try:
                await self._speak(socket, until, done)
            except ConnectionClosed:
                self.cuts.append(socket.close_code)
                raise

    async def _open(self, socket: ClientConnection) -> None:
        known = self.session or (self.follows.session if self.follows else {})
        if not known:
            await self._send(socket, type="start", client_id="start")
        else:
            resume = {key: known[key] for key in ("session_token", "conversation_id", "epoch")}
            if self.session and not self.forgetful:
                resume["cursor"] = self.screen.cursor
            await self._send(socket, type="resume", client_id="resume", **resume)
        async with asyncio.timeout(OPEN_SECONDS):
            frame = orjson.loads(await socket.recv())
        if frame.get("type") == "error":
            raise RefusedError(frame["code"])
        self.session = frame["event"]["value"]
        self._target = self.session["cursor"]
        self._note_return()
        for client_id in self.sent:
            if client_id not in self.acknowledged:
                await self._say(socket, client_id)

    async def _speak(self, socket: ClientConnection, until: float, done: Callable[[], bool]) -> None:
        while not done() and (now := time.monotonic()) < until:
            if self._has_something_to_say() and now >= self.speaks_from:
                self.sent.append(f"m{len(self.sent)}")
                await self._say(socket, self.sent[-1])
                continue
            patience = self.speaks_from - now if self.speaks_from > now else 1.0
            try:
                async with asyncio.timeout(min(patience, 1.0)):
                    received = await socket.recv()
            except TimeoutError:
                continue
            self._take(orjson.loads(received))

    def _has_something_to_say(self) -> bool:
        unanswered = len(self.screen.answered) < len(self.sent)
        return len(self.sent) < len(self.texts) and (self.burst or not unanswered)

    async def _say(self, socket: ClientConnection, client_id: str) -> None:
        if client_id not in self._sent_at:
            self._sent_at[client_id] = time.monotonic()
            self.speaks_from = self._sent_at[client_id] + self.pause
        await self._send(socket, type="message", client_id=client_id, text=self.texts[int(client_id[1:])])

    async def _send(self, socket: ClientConnection, **frame: Any) -> None:
        await socket.send(orjson.dumps(frame).decode())

    def _take(self, frame: Frame) -> None:
        if frame.get("type") == "error":
            raise RefusedError(frame["code"])
        if frame["event"].get("name") == "message.acknowledged":
            value = frame["event"]["value"]
            self.acknowledged[value["client_id"]] = value["message_id"]
            return
        before = len(self.screen.answered)
        self.screen.take(frame)
        self._note_return()
        if len(self.screen.answered) > before:
            self._note_answers()

    def _note_answers(self) -> None:
        now = time.monotonic()
        for client_id in self.sent:
            if self.acknowledged.get(client_id) in self.screen.answered:
                self.waits.setdefault(client_id, now - self._sent_at[client_id])

    def _note_return(self) -> None:
        """It is back once it has been given what it missed."""
        if self._returning_since is None or order_of(self.screen.cursor) < order_of(self._target):
            return
        self.returns.append(time.monotonic() - self._returning_since)
        self._returning_since = None
