"""The table of outcomes: on the terminal, and in docs/reliability.md."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tests.chaos.outcome import Outcome
from tests.chaos.stack import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "reliability.md"
NARROWEST = 180
COLUMNS = (
    "scenario",
    "load",
    "faults injected",
    "lost",
    "doubled",
    "out of order",
    "healed in",
    "further figures",
)


@dataclass(frozen=True)
class Section:
    """A place in the document, between two marks, and the command that fills it."""

    mark: str
    command: str

    @property
    def begin(self) -> str:
        return f"<!-- {self.mark} -->"

    @property
    def end(self) -> str:
        return f"<!-- end of {self.mark} -->"


PROCESSES = Section("outcomes", "make chaos")
CONTAINERS = Section("outcomes of containers", "make chaos-containers")


def row(name: str, outcome: Outcome) -> list[str]:
    healed = f"{outcome.healed.value:.1f} s" if outcome.healed else ""
    counts = map(str, (outcome.lost, outcome.doubled, outcome.out_of_order))
    return [name, outcome.load, outcome.faults, *counts, healed, "; ".join(map(str, outcome.figures))]


def show(outcomes: Mapping[str, Outcome]) -> None:
    """Print the table, and beneath it what does not hold."""
    table = Table(title="The promises under fire", show_lines=True)
    for column in COLUMNS:
        table.add_column(column)
    for name in sorted(outcomes, key=_number):
        table.add_row(*row(name, outcomes[name]))
    console = Console(width=max(Console().width, NARROWEST))
    console.print(table)
    for name, outcome in outcomes.items():
        for miss in outcome.misses:
            console.print(f"[red]{name}: {miss}[/red]")


def write(outcomes: Mapping[str, Outcome], section: Section, *, minutes: float) -> None:
    """Put the table into the document, with the day and the commit."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.strip()
    run = f"`{section.command}` on {datetime.now(UTC):%d %B %Y} at commit `{commit}`"
    lines = [
        section.begin,
        f"{run}, in {minutes:.0f} minutes on {os.cpu_count()} cores:",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(f"| {' | '.join(row(name, outcomes[name]))} |" for name in sorted(outcomes, key=_number)),
        section.end,
    ]
    before, _, rest = DOCUMENT.read_text().partition(section.begin)
    DOCUMENT.write_text(before + "\n".join(lines) + rest.partition(section.end)[2])


def _number(name: str) -> tuple[int, str]:
    number, _, spread = name.split(maxsplit=1)[0].removeprefix("R").partition("@")
    return int(number), spread
