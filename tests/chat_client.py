"""A client of the gateway for tests: sends frames, keeps what it is sent, waits for what it expects."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.eventually import eventually

Frame: TypeAlias = dict[str, Any]


class ChatClient:
    """One open socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self.opened: Frame = {}
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                self.frames.append(orjson.loads(text))

    async def send(self, **frame: Any) -> str:
        """Send a frame, with a client id of its own unless one is given; returns the id."""
        frame.setdefault("client_id", uuid4().hex)
        await self.socket.send(orjson.dumps(frame).decode())
        return str(frame["client_id"])

    async def start(self, **fields: Any) -> "ChatClient":
        await self.send(type="start", **fields)
        self.opened = (await self.custom("session.opened"))["value"]
        return self

    async def resume(self, opened: Frame, **fields: Any) -> "ChatClient":
        """Come back to what another client has opened."""
        known = {key: opened[key] for key in ("session_token", "conversation_id")}
        await self.send(type="resume", **known, **fields)
        self.opened = (await self.custom("session.opened"))["value"]
        return self

    async def say(self, text: str, **fields: Any) -> str:
        return await self.send(type="message", text=text, **fields)

    async def ask(self, text: str, **fields: Any) -> str:
        """Send a message and wait for its answer; returns the answer's text."""
        before = len(self.finished)
        await self.say(text, **fields)
        await eventually(lambda: len(self.finished) > before, within=15)
        return list(self.replies.values())[-1]

    async def frame(self, condition: Callable[[Frame], object], within: float = 10) -> Frame:
        """The first frame that fits."""
        found = await eventually(lambda: [frame for frame in self.frames if condition(frame)], within=within)
        return found[0]

    async def custom(self, name: str) -> Frame:
        frame = await self.frame(lambda frame: _event(frame).get("name") == name)
        return _event(frame)

    async def error(self, code: str, ref: str | None = None) -> Frame:
        """The error frame with this code, about this client id."""
        return await self.frame(
            lambda frame: frame.get("type") == "error" and (frame["code"], frame["ref"]) == (code, ref)
        )

    async def acknowledged(self, client_id: str) -> str:
        """The message id that was given to this client id."""
        frame = await self.frame(
            lambda frame: (
                _event(frame).get("name") == "message.acknowledged"
                and _event(frame)["value"]["client_id"] == client_id
            )
        )
        return str(_event(frame)["value"]["message_id"])

    async def still_answers(self) -> None:
        """This socket takes a message after whatever was done to it."""
        await self.acknowledged(await self.say("still there?"))

    async def closed(self, within: float = 5) -> int | None:
        """The code with which the server closed this socket."""
        await asyncio.wait_for(self.socket.wait_closed(), within)
        return self.socket.close_code

    @property
    def logged(self) -> list[Frame]:
        """The frames of the conversation's log."""
        return [frame for frame in self.frames if frame.get("cursor")]

    @property
    def events(self) -> list[Frame]:
        return [_event(frame) for frame in self.logged]

    @property
    def cursor(self) -> str:
        return str(self.logged[-1]["cursor"]) if self.logged else str(self.opened["cursor"])

    @property
    def finished(self) -> list[Frame]:
        return [event for event in self.events if event["type"] in {"RUN_FINISHED", "RUN_ERROR"}]

    @property
    def replies(self) -> dict[str, str]:
        """The text of each reply as a client shows it, by its message id."""
        return replies_of(self.events)


def replies_of(events: list[Frame]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for event in events:
        if event["type"] == "TEXT_MESSAGE_START":
            texts[event["messageId"]] = ""
        elif event["type"] == "TEXT_MESSAGE_CONTENT":
            texts[event["messageId"]] += event["delta"]
    return texts


def _event(frame: Frame) -> Frame:
    event: Frame = frame.get("event", {})
    return event


@contextlib.asynccontextmanager
async def chatting(address: str, **options: Any) -> AsyncIterator[ChatClient]:
    """An open socket to a gateway at `host:port`."""
    async with connect(f"ws://{address}/ws", compression=None, **options) as socket:
        yield ChatClient(socket)
