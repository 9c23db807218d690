"""A Redis Cluster of this machine, made by the test that wants one."""

import contextlib
import subprocess
import tempfile
from bisect import bisect_right
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from services.cli.embedded.redis_server import find_redis_server
from tests.eventually import eventually
from tests.ports import free_port

SLOTS = 16_384
HOST = "127.0.0.1"
START_SECONDS = 30


@dataclass
class Node:
    """One server of the cluster; its data outlives its process."""

    port: int
    bus_port: int
    directory: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        settings = {
            "bind": HOST,
            "port": str(self.port),
            "cluster-port": str(self.bus_port),
            "cluster-enabled": "yes",
            "cluster-node-timeout": "2000",
            "appendonly": "yes",
            "save": "",
            "dir": str(self.directory),
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [find_redis_server(), *options], stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def says(self, *command: str | int) -> Any:
        """The server's own answer, nothing redirected."""
        async with Redis.from_url(self.url) as redis:
            return await redis.execute_command(*command)


@dataclass(frozen=True)
class Cluster:
    """Primaries that share the slots evenly; each may have one replica, in the same order."""

    primaries: list[Node]
    replicas: list[Node]

    @property
    def url(self) -> str:
        return self.primaries[0].url

    @property
    def borders(self) -> list[int]:
        """The first slot of each primary, and the end."""
        return [number * SLOTS // len(self.primaries) for number in range(len(self.primaries) + 1)]

    @property
    def nodes(self) -> list[Node]:
        return [*self.primaries, *self.replicas]

    async def owner_of(self, key: str) -> Node:
        """The node that was given the slot of this key when the cluster was made."""
        slot = int(await self.primaries[0].says("CLUSTER", "KEYSLOT", key))
        return self.primaries[bisect_right(self.borders, slot) - 1]


@contextlib.asynccontextmanager
async def redis_cluster(*, primaries: int = 3, with_replicas: bool = False) -> AsyncIterator[Cluster]:
    """A running cluster, empty."""
    with tempfile.TemporaryDirectory(prefix="supportbot-cluster-", ignore_cleanup_errors=True) as directory:
        count = primaries * (2 if with_replicas else 1)
        nodes = [_node(Path(directory, str(number))) for number in range(count)]
        cluster = Cluster(nodes[:primaries], nodes[primaries:])
        try:
            for node in nodes:
                node.start()
            await _join(cluster)
            yield cluster
        finally:
            for node in nodes:
                if node.process is not None:
                    node.kill()


def _node(directory: Path) -> Node:
    directory.mkdir()
    return Node(port=free_port(), bus_port=free_port(), directory=directory)


async def _join(cluster: Cluster) -> None:
    for node in cluster.nodes:
        await eventually(lambda node=node: _answers(node), within=START_SECONDS)
    first, borders = cluster.primaries[0], cluster.borders
    for node, begin, end in zip(cluster.primaries, borders, borders[1:], strict=False):
        await node.says("CLUSTER", "ADDSLOTSRANGE", begin, end - 1)
    for node in cluster.nodes[1:]:
        await node.says("CLUSTER", "MEET", HOST, first.port, first.bus_port)
    for primary, replica in zip(cluster.primaries, cluster.replicas, strict=False):
        name = await primary.says("CLUSTER", "MYID")
        await eventually(
            lambda name=name, replica=replica: _knows(replica, name.decode()), within=START_SECONDS
        )
        await replica.says("CLUSTER", "REPLICATE", name.decode())
    for node in cluster.nodes:
        await eventually(lambda node=node: _is_whole(node, len(cluster.nodes)), within=START_SECONDS)


async def _answers(node: Node) -> bool:
    with contextlib.suppress(RedisConnectionError, OSError):
        return bool(await node.says("PING"))
    return False


async def _knows(node: Node, name: str) -> bool:
    return name in str(await node.says("CLUSTER", "NODES"))


async def _is_whole(node: Node, nodes: int) -> bool:
    info = str(await node.says("CLUSTER", "INFO"))
    return "cluster_state:ok" in info and f"cluster_known_nodes:{nodes}" in info
