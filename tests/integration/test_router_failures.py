"""A router whose work on a turn breaks off: the turn is free at once for whoever comes next."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from services.router_worker.language_models.protocol import (
    IntentDecision,
    RouteRequest,
    StartOver,
    TextDelta,
)
from services.shared.errors import PermanentError
from tests.chat_client import ChatClient, chatting
from tests.eventually import eventually
from tests.fakes import ScriptedModel
from tests.running import running_gateway, running_router


@pytest.fixture
async def client(redis_url: str, redis_client: Redis) -> AsyncIterator[ChatClient]:  # noqa: ARG001
    async with running_gateway(redis_url) as address, chatting(address) as client:
        yield await client.start()


def breaks(_: RouteRequest) -> IntentDecision:
    raise PermanentError("this message breaks the model")


async def test_the_customer_is_told_at_once_when_the_work_is_given_up(
    redis_url: str, client: ChatClient
) -> None:
    async with running_router(redis_url, ScriptedModel(decide=breaks)):
        await client.say("hello")
        await eventually(lambda: client.finished, within=3)

    assert client.finished[0]["type"] == "RUN_ERROR"


async def test_a_reply_that_begins_anew_is_shown_as_it_was_ended(redis_url: str, client: ChatClient) -> None:
    model = ScriptedModel(
        script=lambda _: [
            TextDelta(text="I thi"),
            StartOver(),
            TextDelta(text="Here "),
            TextDelta(text="it is."),
        ]
    )
    async with running_router(redis_url, model):
        assert await client.ask("hello") == "Here it is."


async def test_another_router_goes_on_at_once_when_one_stops_in_the_middle(
    redis_url: str, client: ChatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.shared.bus.GRACE_SECONDS", 0.1)
    hangs = ScriptedModel(script=lambda _: [asyncio.Event()])
    async with running_router(redis_url, hangs):
        await client.say("hello")
        await eventually(lambda: hangs.replied)

    async with running_router(redis_url, ScriptedModel(), name="router-2"):
        await eventually(lambda: client.finished, within=3)

    assert list(client.replies.values()) == ["You said: hello"]
