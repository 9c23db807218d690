"""`supportbot up`: the whole product as processes of this machine."""

import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.cli import stack
from services.cli.embedded.sockets import make_private
from services.shared.errors import SetupError

_REPOSITORY = Path(__file__).parents[2]
_LAST_RUN_SECONDS = 15.0


def up(
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Port of the page.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data_dir: Annotated[Path, typer.Option(help="Everything the stack keeps.")] = stack.DEFAULT_DATA_DIR,
    scale: Annotated[list[str] | None, typer.Option(help="Processes of a worker: router_worker=3.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page.")] = False,
) -> None:
    """Start everything: Redis, Postgres, the services and the page. Ctrl-C stops it."""
    data_dir = data_dir.absolute()
    counts = parse_scale(scale or [])
    if addresses := stack.read_addresses(data_dir):
        raise SetupError(f"it already runs on {data_dir}: {addresses.get('SUPPORTBOT_URL', '')}")
    await_end_of_last_run(data_dir, host, port)
    check_port(host, port)
    make_data_dir(data_dir)
    _start(host=host, port=port, data_dir=data_dir, counts=counts, browser=not no_browser and _has_display())


def parse_scale(given: Sequence[str]) -> dict[str, int]:
    """`router_worker=3` → {"router_worker": 3}. Raises SetupError for what cannot be scaled."""
    from services.cli.programs import SCALABLE

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
        if error.errno == 98 or "in use" in str(error):
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


def _start(*, host: str, port: int, data_dir: Path, counts: dict[str, int], browser: bool) -> NoReturn:
    from services.cli.embedded.postgres_server import PostgresServer
    from services.cli.embedded.redis_server import RedisServer
    from services.cli.programs import stack_programs
    from services.cli.supervision import supervise
    from services.cli.supervisor_config import supervisor_configuration

    redis, postgres = RedisServer(data_dir / "redis"), PostgresServer(data_dir / "postgres")
    redis.prepare()
    postgres.prepare()
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    addresses = {
        "REDIS_URL": redis.url,
        "DATABASE_URL": postgres.url,
        "SUPPORTBOT_URL": url,
        "GATEWAY_HOST": host,
        "GATEWAY_PORT": str(port),
        "GATEWAY_WEB_DIR": str(_page()),
    }
    stack.write_addresses(data_dir, addresses)
    os.environ.update(addresses, HEALTH_PORT="0")
    announcement = [url, str(data_dir), *(["--browser"] if browser else [])]
    configuration = data_dir / "supervisor.conf"
    programs = stack_programs(redis, postgres, data_dir=data_dir, counts=counts, announcement=announcement)
    socket_path = stack.supervisor_socket(data_dir)
    stack.write_private(
        configuration, supervisor_configuration(programs, socket=socket_path, data_dir=data_dir)
    )
    try:
        sys.exit(supervise(configuration))
    finally:
        stack.forget_addresses(data_dir)


def _page() -> Path:
    """The page of this repository, wherever the command is started; without it the rest works all the same."""
    page = Path(os.environ.get("GATEWAY_WEB_DIR", _REPOSITORY / "web" / "dist")).absolute()
    if not (page / "index.html").is_file():
        typer.echo(
            f"the page is not built ({page} is missing): `make web/dist/index.html` builds it", err=True
        )
    return page


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
