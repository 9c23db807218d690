"""What the tests of the bus share."""

import pytest
from redis.asyncio import Redis

from tests.integration.bus.desk import Desk


@pytest.fixture
def desk(redis_client: Redis) -> Desk:
    return Desk(redis_client)
