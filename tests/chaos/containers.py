"""The containers of docker-compose.yml, as a project of their own, to be killed from outside.

Their processes are killed by the host, not by the engine: what the engine kills it does not start again. That takes
the rights of root.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.customer import Customer
from bench.verdict import Verdict, compare
from tests.chaos.stack import GENEROUS, REPOSITORY
from tests.eventually import eventually
from tests.ports import free_port

SCALE = {"router_worker": 2, "tools_worker": 2, "persistence_worker": 2}
BUILD_SECONDS, COMMAND_SECONDS = 1200, 180
RESTART_SECONDS = 60


class Containers:
    """One compose project; its gateway listens on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        override = folder / "generous.yml"
        override.write_text(json.dumps({"services": {"gateway": {"environment": GENEROUS}}}))
        self._compose = [
            *("docker", "compose", "--project-name", f"supportbot-chaos-{os.getpid()}"),
            *("--project-directory", str(REPOSITORY)),
            *("--file", str(REPOSITORY / "docker-compose.yml"), "--file", str(override)),
        ]

    @property
    def urls(self) -> list[str]:
        return [f"ws://127.0.0.1:{self._port}/ws"]

    async def start(self) -> None:
        """Build the image from this repository, and return once everything is healthy."""
        await self._run("build", "--quiet", within=BUILD_SECONDS)
        scale = [part for name, count in SCALE.items() for part in ("--scale", f"{name}={count}")]
        await self._run("up", "--wait", "--no-build", *scale)

    async def stop(self) -> None:
        """Leave nothing behind: no container, no network, no volume."""
        await self._run("down", "--volumes", "--remove-orphans", "--timeout", "10")

    async def kill_one(self, service: str) -> None:
        """SIGKILL the first process of one of the service's containers, once one of them runs."""
        pids = await eventually(lambda: self._pids(service), within=RESTART_SECONDS)
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(random.choice(pids), signal.SIGKILL)

    async def _pids(self, service: str) -> list[int]:
        return [each["State"]["Pid"] for each in await self._inspect(service) if each["State"]["Pid"]]

    async def verdict(self, customers: Sequence[Customer]) -> Verdict:
        """What these customers saw against the streams, and the streams against Postgres."""
        redis, postgres = await self._address("redis"), await self._address("postgres")
        return await compare(
            customers,
            f"redis://{redis}:6379/0",
            f"postgresql://supportbot:supportbot@{postgres}:5432/supportbot",
        )

    async def _address(self, service: str) -> str:
        """Where this machine reaches the container: it is published nowhere."""
        [container] = await self._inspect(service)
        [network] = container["NetworkSettings"]["Networks"].values()
        address: str = network["IPAddress"]
        return address

    async def _inspect(self, service: str) -> list[dict[str, Any]]:
        ids = (await self._run("ps", "--all", "--quiet", service)).split()
        found: list[dict[str, Any]] = json.loads(await _output(["docker", "inspect", *ids]))
        return found

    async def _run(self, *arguments: str, within: float = COMMAND_SECONDS) -> str:
        return await _output([*self._compose, *arguments], within=within, PORT=str(self._port))


async def _output(command: Sequence[str], *, within: float = COMMAND_SECONDS, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), within)
    assert process.returncode == 0, f"{' '.join(command)}: {errors.decode()[-2000:]}"
    return output.decode()


@contextlib.asynccontextmanager
async def running_containers() -> AsyncIterator[Containers]:
    """All services and servers of the compose file, healthy; afterwards there is nothing left of them."""
    with TemporaryDirectory(prefix="supportbot-containers-") as folder:
        containers = Containers(Path(folder))
        try:
            await containers.start()
            yield containers
        finally:
            await containers.stop()
