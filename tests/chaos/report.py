"""The table of outcomes: on the terminal, and in docs/reliability.md."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tests.chaos.outcome import Outcome
from tests.chaos.stack import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "reliability.md"
BEGIN, END = "<!-- outcomes -->", "<!-- end of outcomes -->"
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


def write(outcomes: Mapping[str, Outcome], *, minutes: float) -> None:
    """Put the table into the document, with the day and the commit."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.strip()
    lines = [
        BEGIN,
        f"`make chaos` on {datetime.now(UTC):%d %B %Y} at commit `{commit}`, in {minutes:.0f} minutes on 2 cores:",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{'---|' * len(COLUMNS)}",
        *(f"| {' | '.join(row(name, outcomes[name]))} |" for name in sorted(outcomes, key=_number)),
        END,
    ]
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(before + "\n".join(lines) + rest.partition(END)[2])


def _number(name: str) -> tuple[int, str]:
    number, _, spread = name.split(maxsplit=1)[0].removeprefix("R").partition("@")
    return int(number), spread
