"""`/ws?format=text`: plain text both ways."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from services.router_worker.language_models.protocol import ModelError, TextDelta
from tests.fakes import ScriptedModel, echo
from tests.proxy import proxied
from tests.running import running_gateway, running_router


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
async def socket(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
    model: ScriptedModel,
) -> AsyncIterator[ClientConnection]:
    async with (
        running_gateway(redis_url) as address,
        running_router(redis_url, model),
        connect(f"ws://{address}/ws?format=text") as socket,
    ):
        yield socket


async def ask(socket: ClientConnection, text: str) -> str:
    await socket.send(text)
    async with asyncio.timeout(10):
        return str(await socket.recv())


async def test_an_answer_is_one_frame_of_text(socket: ClientConnection) -> None:
    assert await ask(socket, "hello") == "You said: hello"
    assert await ask(socket, '{"type":"stop"}') == 'You said: {"type":"stop"}'


async def test_an_answer_that_was_begun_again_is_sent_once(
    socket: ClientConnection, model: ScriptedModel
) -> None:
    model.script = lambda _: [TextDelta(text="Your refund is"), ModelError("cut off")]

    assert (await ask(socket, "hello")).startswith("I am sorry")
    model.script = echo
    assert await ask(socket, "again") == "You said: again"


@pytest.mark.parametrize(
    ("frame", "answer"),
    [("  ", "error: bad_request"), ("x" * 4001, "error: too_long"), (b"\x00", "error: unsupported_frame")],
)
async def test_errors_are_text_and_the_socket_goes_on(
    socket: ClientConnection, frame: str | bytes, answer: str
) -> None:
    await socket.send(frame)
    assert str(await socket.recv()).startswith(answer)
    assert await ask(socket, "hello") == "You said: hello"


async def test_the_socket_is_told_why_and_closed_with_1013_when_the_broker_is_down(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    async with proxied(redis_url) as (proxy, url), running_gateway(url) as address:
        await proxy.cut()
        async with connect(f"ws://{address}/ws?format=text") as socket:
            assert str(await socket.recv()).startswith("error: unavailable")
            with contextlib.suppress(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1013
