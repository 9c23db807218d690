"""FastStream's broker as the bus needs it."""

import logging
from typing import Any

from faststream.redis import RedisBroker, RedisClusterBroker
from faststream.redis.configs.state import ConnectionState, RedisClusterConnectionState
from faststream.redis.parser import MessageFormat
from redis.asyncio.cluster import RedisCluster

from services.shared.cluster import ClusterClient
from services.shared.connection import retry
from services.shared.settings import RedisSettings
from services.shared.streams import STREAMS

PUBLISHING_CONNECTIONS = 64


class PlainJson(MessageFormat):
    """One JSON object an entry, without FastStream's binary envelope, which corrupts what is not ASCII.

    Entries are parsed one by one from the raw batch, so that one that cannot be parsed does not fail its
    neighbours; what FastStream would make of the batch is not used.
    """

    @classmethod
    async def encode(cls, **message: Any) -> bytes:
        return (await cls.build(**message)).data

    @classmethod
    def parse(cls, data: bytes) -> tuple[bytes, dict[str, Any]]:  # noqa: ARG003
        return b"null", {}


def make_broker(settings: RedisSettings, *, service: str, graceful_timeout: float) -> RedisBroker:
    """A broker of what the settings name, with a connection for each subscription there may be."""
    kind = _ClusterBroker if settings.redis_cluster else RedisBroker
    return kind(
        settings.redis_url.get_secret_value(),
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        message_format=PlainJson,
        graceful_timeout=graceful_timeout,
        max_connections=PUBLISHING_CONNECTIONS + len(STREAMS) * settings.partitions,
        retry=retry(),
        client_name=service,
    )


class _ClusterState(RedisClusterConnectionState):
    """FastStream's connection to a cluster, over our client."""

    async def connect(self) -> RedisCluster:
        if self._client is None:
            options = {name: value for name, value in self._options.items() if value is not None}
            self._client = ClusterClient(**options)
            self._connected = True
        return self._client


class _ClusterBroker(RedisClusterBroker):
    def _make_connection_state(
        self,
        connection_options: dict[str, Any],
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> ConnectionState[Any]:
        return _ClusterState(connection_options)
