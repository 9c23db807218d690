"""What the tests of identity share."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.identity_tokens import SECRET
from tests.running import running_gateway


@pytest.fixture
async def gateway(redis_url: str, redis_client: Redis) -> AsyncIterator[str]:  # noqa: ARG001
    """The address of a gateway whose host site signs its customers in."""
    async with running_gateway(redis_url, gateway_identity_secret=SECRET) as address:
        yield address
