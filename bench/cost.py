"""What does one message cost, and how many can one process answer?

Sends messages over many sockets of a stack that `supportbot up` runs here, and reads from Linux how much processor
time each of its processes took meanwhile and how much memory it holds.

    python -m bench.cost --messages 1000 --sockets 40
"""

import argparse
import asyncio
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.load import send_all
from bench.stack import addresses

TICKS = os.sysconf("SC_CLK_TCK")
NAMES = re.compile(r"services\.(\w+)\.app|(redis|valkey)-server|(postgres)\b")


@dataclass(frozen=True)
class Use:
    """Of all processes of one name: seconds of processor time, and resident memory."""

    processes: int
    seconds: float
    megabytes: float


def supervisor_process() -> int:
    """The process of the `supportbot up` that runs here."""
    return int(Path(".supportbot/supervisor.pid").read_text())


def measure(supervisor: int) -> dict[str, Use]:
    """What the processes below the supervisor have used so far, by their name."""
    found: dict[str, Use] = {}
    for process in _below(supervisor):
        match = NAMES.search((process / "cmdline").read_text().replace("\0", " "))
        if match is None:
            continue
        name = next(filter(None, match.groups()))
        before = found.get(name, Use(0, 0.0, 0.0))
        found[name] = Use(
            before.processes + 1, before.seconds + _seconds(process), before.megabytes + _megabytes(process)
        )
    return found


def _below(process_id: int) -> Iterator[Path]:
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    for child in map(int, children):
        yield Path(f"/proc/{child}")
        yield from _below(child)


def _seconds(process: Path) -> float:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _megabytes(process: Path) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", (process / "status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def show(
    before: Mapping[str, Use], after: Mapping[str, Use], *, messages: int, sockets: int, seconds: float
) -> None:
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    title = f"{messages} messages over {sockets} sockets in {seconds:.1f} s: {messages / seconds:.0f}/s"
    table = Table(title=f"{title}; load {load}")
    for column in ("", "processes", "ms of processor a message", "messages/s of one core", "MiB"):
        table.add_column(column, justify="right")
    for name, use in after.items():
        milliseconds = (use.seconds - before[name].seconds) * 1000 / messages
        table.add_row(
            name,
            str(use.processes),
            f"{milliseconds:.2f}",
            f"{1000 / milliseconds:.0f}" if milliseconds else "",
            f"{use.megabytes:.0f}",
        )
    Console().print(table)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--sockets", type=int, default=40)
    parser.add_argument("--limit", type=float, default=300, help="seconds to wait for the last answer")
    parser.add_argument("--url")
    options = parser.parse_args()
    url = addresses(options.url, None, None).url
    supervisor = supervisor_process()
    before, started = measure(supervisor), time.monotonic()
    customers = await send_all(
        url, messages=options.messages, sockets=options.sockets, burst=False, limit=options.limit
    )
    seconds = time.monotonic() - started
    after = measure(supervisor)
    show(before, after, messages=options.messages, sockets=options.sockets, seconds=seconds)
    return 0 if all(customer.done for customer in customers) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
