"""R6: one message comes ten times at once."""

import asyncio
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

from bench.verdict import stored_events
from tests.chaos.outcome import Figure, Outcome
from tests.chaos.stack import Crew, Stack
from tests.eventually import eventually

SOCKETS = 3


async def same_message(stack: Stack, *, times: int = 10) -> Outcome:
    """The same client id over three sockets of one session, at two gateways."""
    await stack.call(Crew())
    sockets = [
        await connect(stack.urls[number % 2], compression=None, ping_interval=None)
        for number in range(SOCKETS)
    ]
    try:
        session = await _open_all(sockets)
        message = orjson.dumps({"type": "message", "client_id": "m1", "text": "hi"}).decode()
        await asyncio.gather(*(sockets[number % SOCKETS].send(message) for number in range(times)))
        acknowledged = [
            await _next(sockets[number % SOCKETS], "message.acknowledged") for number in range(times)
        ]
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
    events = await _events_of(stack, session["conversation_id"])
    rows = await stored_events(
        stack.database_url, [session["conversation_id"]], {event["event_id"] for event in events}
    )
    outcome = Outcome(load=f"one message {times} times over {SOCKETS} sockets", faults="none")
    outcome.figures = [
        Figure("different acknowledgements", len({each["message_id"] for each in acknowledged}), 1, 1),
        Figure("messages taken in", _count(events, "MessageReceived"), 1, 1),
        Figure("model calls for the reply", _count(events, "ModelCalled", purpose="reply"), 1, 1),
        Figure("replies", _count(events, "ReplyCompleted"), 1, 1),
        Figure("rows missing", len({event["event_id"] for event in events} - rows), 0, 0),
    ]
    return outcome


async def _open_all(sockets: list[ClientConnection]) -> dict[str, Any]:
    """The first socket starts a conversation, the others come to it."""
    first, *others = sockets
    await first.send(orjson.dumps({"type": "start", "client_id": "start"}).decode())
    session = await _next(first, "session.opened")
    resume = {key: session[key] for key in ("session_token", "conversation_id")}
    for socket in others:
        await socket.send(orjson.dumps({"type": "resume", "client_id": "resume", **resume}).decode())
        await _next(socket, "session.opened")
    return session


async def _next(socket: ClientConnection, name: str) -> dict[str, Any]:
    """The value of the next custom event of this name."""
    async with asyncio.timeout(15):
        while True:
            frame = orjson.loads(await socket.recv())
            assert "event" in frame, frame
            if frame["event"].get("name") == name:
                value: dict[str, Any] = frame["event"]["value"]
                return value


async def _events_of(stack: Stack, conversation_id: str) -> list[dict[str, Any]]:
    """The conversation's events once it has its reply."""

    async def found() -> list[dict[str, Any]]:
        events = [event for event in await stack.events() if event["conversation_id"] == conversation_id]
        assert _count(events, "ReplyCompleted")
        assert _count(events, "ClientDisconnected") == SOCKETS
        return events

    return await eventually(found, within=20)


def _count(events: list[dict[str, Any]], type_: str, **fields: str) -> int:
    return sum(event["type"] == type_ and fields.items() <= event.items() for event in events)
