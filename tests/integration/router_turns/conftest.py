"""What the tests of turns share."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from tests.chat_client import chatting
from tests.fakes import ScriptedModel
from tests.integration.router_turns.shop import Shop
from tests.running import running_gateway, running_router


@pytest.fixture
async def shop(redis_url: str, redis_client: Redis) -> AsyncIterator[Shop]:
    model = ScriptedModel()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(running_gateway(redis_url))
        bus = await stack.enter_async_context(running_router(redis_url, model))
        client = await stack.enter_async_context(chatting(address))
        yield Shop(redis_client, await client.start(), model, bus)
