"""One process of a stack under fire: it is started again whenever it ends, as any supervisor would."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

from services.cli.embedded import child

RESTART_SECONDS = 0.2
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.1
START_SECONDS = 150.0

Ready = Callable[[], Awaitable[bool]]


class Process:
    """A program that is kept running until it is stopped; `deaths` counts how often it ended unasked."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        ready: Ready,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.deaths = 0
        self._command = command
        self._environment = dict(environment)
        self._folder = folder
        self._ready = ready
        self._stop_signal = stop_signal
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def log(self) -> Path:
        return self._folder / "logs" / f"{self.name}.log"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def started(self) -> bool:
        return self._process is not None

    def is_like(self, other: "Process") -> bool:
        """Whether both run the same program with the same settings."""
        return (self._command, self._environment) == (other._command, other._environment)

    async def start(self) -> None:
        """Start it and keep it running."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep())

    async def ready(self, within: float = START_SECONDS) -> None:
        """Return once it says that it is ready."""
        deadline = time.monotonic() + within
        while not await self._ready():
            assert time.monotonic() < deadline, (
                f"{self.name} is not ready, its log ends:\n{self.log.read_text()[-2000:]}"
            )
            await asyncio.sleep(LOOK_SECONDS)

    async def _spawn(self) -> None:
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._environment, cwd=self._folder, stdout=output, stderr=output
            )

    async def _keep(self) -> None:
        while self._process is not None:
            await self._process.wait()
            self.deaths += 1
            await asyncio.sleep(RESTART_SECONDS)
            await self._spawn()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens when it is not running at the moment."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """While the block runs the process does nothing, and its connections stay open."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    async def stop(self) -> None:
        """End it for good, with grace first."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is None or self._process.returncode is not None:
            return
        self.send(self._stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.kill()
            await self._process.wait()

    async def restart(self) -> None:
        """Stop it gracefully and start it anew."""
        await self.stop()
        await self.start()


def python(module: str, *arguments: str) -> list[str]:
    """The command of a Python module that does not outlive this process."""
    return child.command([sys.executable, "-m", module, *arguments])
