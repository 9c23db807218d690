"""What the tests of dead letters share."""

import pytest
from redis.asyncio import Redis

from tests.integration.dead_letters.desk import Desk


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    desk = Desk(redis_client)
    await desk.open()
    return desk
