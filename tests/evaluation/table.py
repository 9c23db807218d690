"""The table of figures: on the terminal, and in docs/evaluation.md."""

import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.evaluation.measured import Measured

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = REPOSITORY / "docs" / "evaluation.md"
BEGIN = "<!-- figures: written by `make eval` -->"
END = "<!-- end of the figures -->"

_COLUMNS = ("of", "figure", "cases", "value", "bound")
_NARROWEST = 120


def show(rows: Sequence[Measured]) -> None:
    """Print the table, a figure that misses its bound in red."""
    table = Table(title="How good the bot is")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column in {"of", "figure"} else "right")
    for row in rows:
        table.add_row(*_cells(row), style=None if row.holds else "bold red")
    console = Console()
    console.width = max(console.width, _NARROWEST)
    console.print(table)


def write(rows: Sequence[Measured]) -> None:
    """Put the table between the two marks of the document."""
    head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    table = "\n".join(_lines(rows))
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{table}\n\n{END}{tail}", encoding="utf-8")


def _lines(rows: Sequence[Measured]) -> Iterator[str]:
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d} at `{_commit()}`."
    yield ""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|---|---|---:|---:|---:|"
    for row in rows:
        yield f"| {' | '.join(_cells(row))} |"


def _cells(row: Measured) -> tuple[str, ...]:
    return row.of, row.what, str(row.cases), row.shown, row.bound


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "an unknown commit"
