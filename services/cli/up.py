"""`supportbot up`: the whole product as processes of this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.cli import stack
from services.cli.preflight import await_end_of_last_run, check_port, make_data_dir, parse_scale
from services.shared.errors import SetupError

_REPOSITORY = Path(__file__).parents[2]
# A cluster that was killed may replay its log for long; until it is done nothing is wrong.
_PATIENCE_WITH_POSTGRES = "600"


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


def _start(*, host: str, port: int, data_dir: Path, counts: dict[str, int], browser: bool) -> NoReturn:
    from services.cli.embedded.postgres_server import PostgresServer
    from services.cli.embedded.redis_server import RedisServer
    from services.cli.programs import stack_programs
    from services.cli.supervision import supervise
    from services.cli.supervisor_config import supervisor_configuration

    redis, postgres = RedisServer(data_dir / "redis"), PostgresServer(data_dir / "postgres")
    redis.prepare()
    postgres.prepare()
    if data_dir not in postgres.data_dir.parents:
        typer.echo(f"Postgres may not enter {data_dir} and keeps its data in {postgres.data_dir}", err=True)
    url = page_url(host, port)
    addresses = {
        "REDIS_URL": redis.url,
        "DATABASE_URL": postgres.url,
        "SUPPORTBOT_URL": url,
        "GATEWAY_HOST": host,
        "GATEWAY_PORT": str(port),
        "GATEWAY_WEB_DIR": str(_page()),
        "GATEWAY_DEMO_CUSTOMERS": _demo_customers(redis.url),
    }
    stack.write_addresses(data_dir, addresses)
    os.environ.update(addresses, HEALTH_PORT="0")
    os.environ.setdefault("PERSISTENCE_MIGRATION_WAIT_SECONDS", _PATIENCE_WITH_POSTGRES)
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


def page_url(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not listened on
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}"


def _page() -> Path:
    """The page of this repository, wherever the command is started; without it the rest works all the same."""
    page = Path(os.environ.get("GATEWAY_WEB_DIR", _REPOSITORY / "web" / "dist")).absolute()
    if not (page / "index.html").is_file():
        typer.echo(
            f"the page is not built ({page} is missing): `make web/dist/index.html` builds it", err=True
        )
    return page


def _demo_customers(redis_url: str) -> str:
    """On, unless the environment or `.env` says something else."""
    from services.gateway.settings import GatewaySettings
    from services.shared.settings import load_settings

    settings = load_settings(GatewaySettings, redis_url=redis_url)
    was_set = "gateway_demo_customers" in settings.model_fields_set
    return str(settings.gateway_demo_customers or not was_set).lower()


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
