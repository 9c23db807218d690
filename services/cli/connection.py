"""The Redis that a command looks at."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.cli import stack
from services.cli.errors import CommandError

if TYPE_CHECKING:
    from redis import Redis

    from services.shared.settings import RedisSettings


@contextmanager
def redis_connection(url: str | None = None) -> "Iterator[tuple[Redis, RedisSettings]]":
    """A client and its settings: as given, else of the stack that runs here, else as set."""
    from redis import Redis
    from redis.exceptions import RedisError

    from services.shared.settings import RedisSettings, load_settings

    if url:
        os.environ["REDIS_URL"] = url
    stack.use_running_stack()
    settings = load_settings(RedisSettings)
    client = Redis.from_url(settings.redis_url.get_secret_value(), socket_connect_timeout=2)
    try:
        yield client, settings
    except RedisError as error:
        raise CommandError(
            f"Redis does not answer ({error}): is `supportbot up` running, or REDIS_URL right?"
        ) from None
    finally:
        client.close()
