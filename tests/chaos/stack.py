"""A whole stack of real processes to be killed, frozen and cut: Redis, Postgres and any number of each service."""

import asyncio
import contextlib
import os
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.customer import Customer
from bench.verdict import Event, Verdict, compare, read_streams
from services.cli.embedded.postgres_server import PostgresServer
from services.cli.embedded.redis_server import RedisServer
from services.persistence_worker.migrations import upgrade_to_head
from services.shared.settings import PostgresSettings
from tests.chaos.process import Process, python
from tests.eventually import eventually
from tests.ports import free_port

RESTART_SECONDS = 30
REPOSITORY = Path(__file__).parents[2]
SERVICES = ("gateway", "router_worker", "tools_worker", "persistence_worker")
# What keeps abuse out would keep out customers who come back ten times a second.
GENEROUS = {
    "GATEWAY_MESSAGES_PER_MINUTE": "1000000",
    "GATEWAY_SOCKETS_PER_SESSION": "100",
    "GATEWAY_OPENINGS_PER_SESSION": "1000000",
    "GATEWAY_OPENINGS_PER_MINUTE": "1000000",
}
SETTINGS = {
    **GENEROUS,
    "ROUTER_CLASSIFIER": "words",
    "ROUTER_OFFLINE_PACE_MS": "5",
}


@dataclass(frozen=True, kw_only=True)
class Streams:
    """Where the streams are, and how they are spread."""

    url: str
    partitions: int = 1
    cluster: bool = False

    @property
    def settings(self) -> dict[str, str]:
        """What every process is told of them."""
        return {
            "REDIS_URL": self.url,
            "REDIS_CLUSTER": str(self.cluster),
            "PARTITIONS": str(self.partitions),
        }


@dataclass(frozen=True, kw_only=True)
class Crew:
    """How many processes of each service there are, with what settings, and which of tests.chaos.faulty's faults."""

    gateway: int = 2
    router_worker: int = 2
    tools_worker: int = 2
    persistence_worker: int = 2
    settings: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def count(self, service: str) -> int:
        count: int = getattr(self, service)
        return count


NOBODY = Crew(gateway=0, router_worker=0, tools_worker=0, persistence_worker=0)


class Stack:
    """Two servers, and the processes of the crew that was called last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = dict(os.environ)  # as it is now: a test runner changes it from test to test
        redis, postgres = RedisServer(folder / "redis"), PostgresServer(folder / "postgres")
        self.streams, self.database_url = Streams(url=redis.url), postgres.url
        redis.prepare()
        postgres.prepare()
        self.redis = self._server("redis", redis)
        self.postgres = self._server("postgres", postgres)
        self._processes: dict[str, dict[str, Process]] = {service: {} for service in SERVICES}
        self._ports: dict[str, int] = {}
        self.http = httpx.AsyncClient(timeout=5)

    def _server(self, name: str, server: RedisServer | PostgresServer) -> Process:
        async def ready() -> bool:
            return await asyncio.to_thread(server.is_ready)

        return Process(
            name,
            server.command(),
            environment=self._environment,
            folder=self.folder,
            ready=ready,
            stop_signal=server.end_signal,
        )

    async def start(self) -> None:
        await asyncio.gather(*(server.start() for server in (self.redis, self.postgres)))
        await asyncio.gather(*(server.ready() for server in (self.redis, self.postgres)))
        await upgrade_to_head(PostgresSettings(database_url=self.database_url))

    async def stop(self) -> None:
        await self.call(NOBODY)
        await asyncio.gather(self.redis.stop(), self.postgres.stop())
        await self.http.aclose()

    async def call(self, crew: Crew) -> None:
        """Have this crew at work, ready: who is in it already goes on, the others are stopped."""
        wanted = {
            service: {
                f"{service}-{number}": self._process(service, number, crew)
                for number in range(crew.count(service))
            }
            for service in SERVICES
        }
        new, old = [], []
        for service in SERVICES:
            for name, process in self._processes[service].items():
                same = wanted[service].get(name)
                if same is not None and same.is_like(process):
                    wanted[service][name] = process
                else:
                    old.append(process)
            new += [process for process in wanted[service].values() if not process.started]
        self._processes = wanted
        await asyncio.gather(*(process.stop() for process in old))
        await asyncio.gather(*(process.start() for process in new))
        await asyncio.gather(*(process.ready() for process in self.everyone))

    def _process(self, service: str, number: int, crew: Crew) -> Process:
        name = f"{service}-{number}"
        port = self._ports.setdefault(name, free_port())
        module = f"services.{service}.app"
        fault = crew.faults.get(service)
        return Process(
            name,
            python("tests.chaos.faulty", fault, module) if fault else python(module),
            environment={
                **self._environment,
                **SETTINGS,
                **crew.settings,
                **self.streams.settings,
                "DATABASE_URL": self.database_url,
                "PYTHONPATH": str(REPOSITORY),
                "KNOWLEDGE_DIR": str(REPOSITORY / "knowledge"),
                ("GATEWAY_PORT" if service == "gateway" else "HEALTH_PORT"): str(port),
            },
            folder=self.folder,
            ready=lambda: self._answers(f"http://127.0.0.1:{port}/readyz"),
        )

    async def _answers(self, url: str) -> bool:
        try:
            return (await self.http.get(url)).is_success
        except httpx.HTTPError:
            return False

    @contextlib.contextmanager
    def on(self, streams: Streams) -> Iterator[None]:
        """While the block runs, every crew that is called works on these streams."""
        before, self.streams = self.streams, streams
        try:
            yield
        finally:
            self.streams = before

    async def verdict(self, customers: Sequence[Customer]) -> Verdict:
        """What these customers saw against the streams, and the streams against Postgres."""
        return await compare(
            customers,
            self.streams.url,
            self.database_url,
            partitions=self.streams.partitions,
            cluster=self.streams.cluster,
        )

    async def events(self) -> list[Event]:
        """Every event that stands on a stream."""
        return await read_streams(self.streams.url, self.streams.partitions, cluster=self.streams.cluster)

    def keep_logs(self, name: str) -> Path:
        """Copy the logs to where they outlive the stack."""
        kept = Path(tempfile.gettempdir(), "supportbot-chaos-logs", name.replace(" ", "-"))
        shutil.copytree(self.folder / "logs", kept, dirs_exist_ok=True)
        return kept

    def of(self, service: str) -> list[Process]:
        return list(self._processes[service].values())

    async def kill_one(self, service: str) -> None:
        """SIGKILL one of the service's processes, once one of them runs."""
        alive = await eventually(
            lambda: [process for process in self.of(service) if process.running], within=RESTART_SECONDS
        )
        random.choice(alive).kill()

    @property
    def everyone(self) -> list[Process]:
        return [process for service in SERVICES for process in self.of(service)]

    @property
    def gateways(self) -> list[str]:
        """`host:port` of each gateway."""
        return [f"127.0.0.1:{self._ports[process.name]}" for process in self.of("gateway")]

    @property
    def urls(self) -> list[str]:
        return [f"ws://{address}/ws" for address in self.gateways]


@contextlib.asynccontextmanager
async def running_stack() -> AsyncIterator[Stack]:
    """A stack with its servers running, and no service yet."""
    folder = _open_folder()
    stack = Stack(folder)
    try:
        await stack.start()
        yield stack
    finally:
        await stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _open_folder() -> Path:
    """Postgres runs as a user of its own when the tests run as root, and must get in."""
    folder = Path(tempfile.mkdtemp(prefix="supportbot-chaos-"))
    folder.chmod(0o755)
    return folder
