"""What the tests of running services share."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.chat_client import ChatClient, chatting
from tests.running import running_gateway


@pytest.fixture
async def gateway(redis_url: str, redis_client: Redis) -> AsyncIterator[str]:  # noqa: ARG001
    """The address of a gateway."""
    async with running_gateway(redis_url) as address:
        yield address


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[ChatClient]:
    """A client of the gateway with an open conversation."""
    async with chatting(gateway) as client:
        yield await client.start()
