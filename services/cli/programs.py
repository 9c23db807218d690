"""The programs of the embedded stack."""

import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.cli.embedded import child
from services.cli.embedded.postgres_server import PostgresServer
from services.cli.embedded.redis_server import RedisServer
from services.cli.preflight import SCALABLE


@dataclass(frozen=True, kw_only=True)
class Program:
    """One supervised program. Its output goes to `log`, or to that of the supervisor when there is none.

    Programs of one `group` are stopped together; groups of higher `rank` are stopped first.
    """

    name: str
    command: Sequence[str]
    group: str
    rank: int
    count: int = 1
    once: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    log: Path | None = None


def stack_programs(
    redis: RedisServer,
    postgres: PostgresServer,
    *,
    data_dir: Path,
    counts: Mapping[str, int],
    announcement: Sequence[str],
) -> list[Program]:
    """Everything that `supportbot up` runs; `announcement` are the arguments of services.cli.announce."""

    pace = data_dir / "pace"

    def python(module: str, *arguments: str) -> list[str]:
        return child.command([sys.executable, "-m", module, *arguments], pace=pace)

    servers: list[tuple[str, RedisServer | PostgresServer]] = [("redis", redis), ("postgres", postgres)]
    stores = [
        Program(
            name=name,
            command=server.command(pace=pace),
            group=name,
            rank=rank,
            stop_signal=server.end_signal,
            log=data_dir / "logs" / f"{name}.log",
        )
        for rank, (name, server) in enumerate(servers)
    ]
    services = [
        Program(
            name=name,
            command=python(f"services.{name}.app"),
            group="services",
            rank=10,
            count=counts.get(name, 1),
        )
        for name in ("gateway", *SCALABLE)
    ]
    once = [
        Program(name=name, command=python(module, *arguments), group="once", rank=20, once=True)
        for name, module, arguments in (
            ("migrate", "services.persistence_worker.migrations", ()),
            ("announce", "services.cli.announce", announcement),
        )
    ]
    return [*stores, *services, *once]
