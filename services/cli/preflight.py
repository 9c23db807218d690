"""Can the stack start here? Each check raises SetupError with one line that says what to do."""

import errno
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from services.cli import stack
from services.cli.embedded.sockets import make_private
from services.shared.errors import SetupError

SCALABLE = ("router_worker", "tools_worker", "persistence_worker")
_LAST_RUN_SECONDS = 15.0


def parse_scale(given: Sequence[str]) -> dict[str, int]:
    """`router_worker=3` → {"router_worker": 3}. Raises SetupError for what cannot be scaled."""
    counts: dict[str, int] = {}
    for item in given:
        name, _, count = item.partition("=")
        if name not in SCALABLE or not count.isdecimal() or not 1 <= int(count) <= 64:
            raise SetupError(f"--scale {item}: write NAME=COUNT with one of {', '.join(SCALABLE)}, 1 to 64")
        counts[name] = int(count)
    return counts


def await_end_of_last_run(data_dir: Path, host: str, port: int) -> None:
    """After a run that was killed its programs take a moment to end, and hold the port till then."""
    deadline = time.monotonic() + _LAST_RUN_SECONDS
    while stack.ended_badly(data_dir) and time.monotonic() < deadline:
        try:
            check_port(host, port)
        except SetupError:
            time.sleep(0.1)
        else:
            return


def check_port(host: str, port: int) -> None:
    """Raises SetupError when nothing can listen there."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise SetupError(f"{host} is not an address of this machine, choose another with --host") from None
    except PermissionError:
        raise SetupError(
            f"port {port} needs rights you do not have, choose one above 1023 with --port"
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} is in use, choose another with --port or PORT="
        else:
            message = (
                f"cannot listen on {host}:{port}: {error.strerror}, choose others with --host and --port"
            )
        raise SetupError(message) from None


def make_data_dir(data_dir: Path) -> None:
    try:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        (data_dir / "pace").mkdir(exist_ok=True)
        (data_dir / ".gitignore").write_text("*\n")
        make_private(stack.supervisor_socket(data_dir).parent, os.geteuid())
    except OSError as error:
        raise SetupError(
            f"cannot write to {data_dir} ({error.strerror}), choose another --data-dir"
        ) from None
