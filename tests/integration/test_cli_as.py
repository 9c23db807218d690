"""`--as`: who asks in the terminal."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.errors import ChatError
from tests.fakes import ScriptedModel
from tests.ports import free_port
from tests.running import running_gateway, running_router


@pytest.fixture
async def gateway(redis_url: str, redis_client: Redis) -> AsyncIterator[str]:  # noqa: ARG001
    async with (
        running_gateway(redis_url, gateway_demo_customers=True) as address,
        running_router(redis_url, ScriptedModel()),
    ):
        yield f"http://{address}"


async def supportbot(*arguments: str, said: str | None = None) -> Result:
    """The command, run beside the services."""
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, input=said)


async def customers(redis: Redis) -> set[str | None]:
    """Whose messages were received."""
    return {
        orjson.loads(fields[b"__data__"]).get("customer_id")
        for _, fields in await redis.xrange("chat.messages.{0}")
    }


@pytest.mark.parametrize("name", ["ada", "Ada", "Ada Whitfield", "cus_ada"])
async def test_a_question_is_asked_as_the_customer_of_that_name(
    gateway: str, redis_client: Redis, name: str
) -> None:
    done = await supportbot("ask", "hello", "--as", name, "--url", gateway)

    assert (done.exit_code, done.stdout) == (0, "You said: hello\n")
    assert await customers(redis_client) == {"cus_ada"}


async def test_a_conversation_is_held_as_the_customer_of_that_name(gateway: str, redis_client: Redis) -> None:
    done = await supportbot("chat", "--as", "ben", "--url", gateway, said="hello\nagain\n")

    assert done.stdout == "You said: hello\n\nYou said: again\n\n"
    assert await customers(redis_client) == {"cus_ben"}


@pytest.mark.parametrize("arguments", [(), ("--as", "guest")])
async def test_without_a_name_a_guest_asks(
    gateway: str, redis_client: Redis, arguments: tuple[str, ...]
) -> None:
    done = await supportbot("ask", "hello", "--url", gateway, *arguments)

    assert done.exit_code == 0
    assert await customers(redis_client) == {None}


async def test_a_wrong_name_is_answered_with_those_that_there_are(gateway: str, redis_client: Redis) -> None:
    done = await supportbot("ask", "hello", "--as", "bob", "--url", gateway)

    assert isinstance(done.exception, ChatError)
    assert str(done.exception) == "nobody is called 'bob' here: use --as with one of ada, ben, guest"
    assert not await customers(redis_client)


async def test_a_name_is_of_no_use_where_the_demo_is_off(redis_url: str) -> None:
    async with running_gateway(redis_url) as address:
        done = await supportbot("ask", "hello", "--as", "ada", "--url", f"http://{address}")

    assert "this gateway has no demo customers" in str(done.exception)


async def test_a_name_needs_a_gateway() -> None:
    done = await supportbot("ask", "hello", "--as", "ada", "--url", f"http://127.0.0.1:{free_port()}")

    assert isinstance(done.exception, ChatError)
    assert "is `supportbot up` running?" in str(done.exception)
