"""A Redis Cluster behind the interface of one server.

redis-py 8.1 has two habits that this client mends. It raises errors that are no RedisError when no node answers or a
slot has no owner. And when one command fails on its connection it closes all idle connections of that node, also one
that another command has just taken, which then fails before anything was sent.
"""

from typing import Any

from redis.asyncio.cluster import ClusterPipeline, RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

CLOSED_UNDERNEATH = (AttributeError, RuntimeError)
ATTEMPTS = 5


class ClusterClient(RedisCluster):
    """Sends each command to the node that owns its key, and fails as a server's client fails."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        for _ in range(ATTEMPTS):
            try:
                return await super().execute_command(*args, **options)
            except RedisClusterException as error:
                raise RedisConnectionError(str(error)) from error
            except CLOSED_UNDERNEATH as error:
                closed = error
        raise RedisConnectionError(str(closed)) from closed

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:  # noqa: ARG002
        return _Pipeline(self, transaction)  # type: ignore[abstract]  # as the library's own is

    async def _determine_slot(self, command: str, *args: Any) -> int:
        """The keys of a function stand in its call; to ask the server for them costs a round trip."""
        if command == "FCALL":
            return self.keyslot(args[2])
        return await super()._determine_slot(command, *args)


class _Pipeline(ClusterPipeline):
    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        try:
            return await super().execute(raise_on_error, allow_redirections)
        except (RedisClusterException, *CLOSED_UNDERNEATH) as error:
            raise RedisConnectionError(str(error)) from error
