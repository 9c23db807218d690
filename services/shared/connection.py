"""The connection to Redis: to one server, or to a cluster of them.

What differs between the two is settled here and in cluster.py, so that nobody else asks which of them it has.
"""

import asyncio
from typing import Any, cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError, ResponseError

from services.shared.cluster import ClusterClient
from services.shared.errors import SetupError
from services.shared.settings import RedisSettings

log = structlog.get_logger()

OLDEST_REDIS = (7, 0)
MAX_CONNECTIONS = 512
WAIT_SECONDS = 0.25


def retry() -> Retry:
    """How often and how soon a command is sent again that got no answer."""
    return Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 6)


def connect(settings: RedisSettings, *, service: str) -> Redis:
    """A client of what the settings name. It connects with its first command."""
    url = settings.redis_url.get_secret_value()
    options: dict[str, Any] = {
        "max_connections": MAX_CONNECTIONS,
        "retry": retry(),
        "socket_connect_timeout": 2,
        "client_name": service,
    }
    if settings.redis_cluster:
        return cast("Redis", ClusterClient.from_url(url, **options))
    return Redis.from_url(url, **options)


async def ping(redis: Redis) -> None:
    """Raise unless the server answers; in a cluster, every primary."""
    if isinstance(redis, RedisCluster):
        await redis.ping(target_nodes=RedisCluster.PRIMARIES)
    else:
        await redis.ping()


async def wait_for_server(redis: Redis) -> None:
    """Return once Redis answers. Raises SetupError when it is not one that can be used."""
    told = False
    while True:
        try:
            info = await redis.info()
            break
        except (AuthenticationError, AuthorizationError) as error:
            raise SetupError(f"redis refuses: {error}") from None
        except ResponseError as error:
            if "loading" not in str(error).lower():
                raise SetupError(f"redis refuses: {error}") from None
        except (RedisError, OSError) as error:
            _raise_for_single_server(error)
            if not told:
                log.warning("waiting for redis", reason=str(error))
                told = True
        await asyncio.sleep(WAIT_SECONDS)
    version = tuple(int(part) for part in info["redis_version"].split(".")[:2])
    if version < OLDEST_REDIS:
        raise SetupError(f"Redis {info['redis_version']} is too old: 7.0 or Valkey 7.2 is needed")
    if info["cluster_enabled"] and not isinstance(redis, RedisCluster):
        raise SetupError("REDIS_URL names a node of a Redis Cluster: set REDIS_CLUSTER=true")


def _raise_for_single_server(error: Exception) -> None:
    if "Cluster mode is not enabled" in str(error):
        raise SetupError("REDIS_URL names a single server, not a cluster: set REDIS_CLUSTER=false") from None
