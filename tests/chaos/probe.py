"""A customer who asks one question and measures how long the gateway takes to say that it cannot."""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
from websockets.asyncio.client import connect

REFUSAL_SECONDS = 20


@contextlib.asynccontextmanager
async def refusal(url: str) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """An open conversation; what it gives sends a message and returns the seconds until `unavailable` comes."""
    async with connect(url, compression=None, ping_interval=None) as socket:
        await socket.send(orjson.dumps({"type": "start", "client_id": "start"}).decode())
        await socket.recv()

        async def ask() -> float:
            started = time.monotonic()
            message = {"type": "message", "client_id": "m1", "text": "hi"}
            await socket.send(orjson.dumps(message).decode())
            while time.monotonic() < started + REFUSAL_SECONDS:
                frame = orjson.loads(await socket.recv())
                if frame.get("code") == "unavailable":
                    break
            return time.monotonic() - started

        yield ask
