"""The embedded stack as other commands see it: whether it runs, and at which addresses."""

import os
from pathlib import Path

from services.cli.embedded.sockets import accepts, socket_directory

DEFAULT_DATA_DIR = Path(".supportbot")
DEFAULT_URL = "http://127.0.0.1:8000"
_ADDRESSES = "stack.env"


def supervisor_socket(data_dir: Path) -> Path:
    """Where the supervisor of a data directory listens for as long as it lives."""
    return socket_directory(data_dir.resolve()) / "supervisor.sock"


def is_running(data_dir: Path) -> bool:
    return accepts(supervisor_socket(data_dir)) is not None


def write_private(file: Path, text: str) -> None:
    """Writes a file that nobody else may read."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)


def write_addresses(data_dir: Path, addresses: dict[str, str]) -> None:
    """For people and for the other commands: `NAME=value` lines that a shell can read as well."""
    lines = (f"{name}={value}\n" for name, value in addresses.items())
    write_private(data_dir / _ADDRESSES, "".join(lines))


def forget_addresses(data_dir: Path) -> None:
    """At the end of a run; a run that was killed leaves them."""
    (data_dir / _ADDRESSES).unlink(missing_ok=True)


def ended_badly(data_dir: Path) -> bool:
    return (data_dir / _ADDRESSES).exists() and not is_running(data_dir)


def read_addresses(data_dir: Path) -> dict[str, str]:
    """The addresses of the stack that runs on this data directory; none when none runs."""
    if not is_running(data_dir):
        return {}
    lines = (data_dir / _ADDRESSES).read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def use_running_stack(data_dir: Path = DEFAULT_DATA_DIR) -> None:
    """Points this process at the stack that runs here, except where the environment names another place."""
    for name, value in read_addresses(data_dir).items():
        os.environ.setdefault(name, value)


def chat_url(given: str | None) -> str:
    """Where the gateway is: as given, else of the stack that runs here, else the usual place."""
    return given or read_addresses(DEFAULT_DATA_DIR).get("SUPPORTBOT_URL") or DEFAULT_URL
