"""The Redis that a command looks at."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, cast

from services.cli import stack
from services.cli.errors import CommandError

if TYPE_CHECKING:
    from redis import Redis

    from services.shared.letter_box import LetterBox
    from services.shared.settings import RedisSettings


@contextmanager
def redis_connection(url: str | None = None) -> "Iterator[tuple[Redis, RedisSettings]]":
    """A client and its settings: as given, else of the stack that runs here, else as set."""
    settings = redis_settings(url)
    with _told():
        client = client_of(settings)
        try:
            yield client, settings
        finally:
            client.close()


@asynccontextmanager
async def letter_box(url: str | None = None) -> "AsyncIterator[LetterBox]":
    """The dead letters of that same Redis."""
    from services.shared.connection import connect
    from services.shared.letter_box import LetterBox
    from services.shared.steps import Steps

    settings = redis_settings(url)
    with _told():
        redis = connect(settings, service="cli")
        steps = Steps(redis, partitions=settings.partitions, time_limit_ms=settings.time_limit_seconds * 1000)
        try:
            yield LetterBox(redis=redis, steps=steps, partitions=settings.partitions)
        finally:
            await redis.aclose()


def redis_settings(url: str | None = None) -> "RedisSettings":
    """As given, else those of the stack that runs here, else as set."""
    from services.shared.settings import RedisSettings, load_settings

    if url:
        os.environ["REDIS_URL"] = url
    stack.use_running_stack()
    return load_settings(RedisSettings)


def client_of(settings: "RedisSettings", **options: object) -> "Redis":
    """A client that waits; a cluster's has the commands of a server's."""
    from redis import Redis
    from redis.cluster import RedisCluster

    url = settings.redis_url.get_secret_value()
    options = {"socket_connect_timeout": 2, **options}
    if settings.redis_cluster:
        return cast("Redis", RedisCluster.from_url(url, **options))
    return Redis.from_url(url, **options)


@contextmanager
def _told() -> "Iterator[None]":
    from redis.exceptions import RedisClusterException, RedisError

    try:
        yield
    except (RedisError, RedisClusterException) as error:
        raise CommandError(
            f"Redis does not answer ({error}): is `supportbot up` running, or REDIS_URL right?"
        ) from None
