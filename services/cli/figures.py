"""Measured figures on the terminal, or as JSON for other programs."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
import typer


def show(figures: Mapping[str, float | None], details: Sequence[str], *, as_json: bool) -> None:
    """The figures in lines, then what is worth knowing about them."""
    if as_json:
        typer.echo(json.dumps({name: _rounded(value) for name, value in figures.items()}, indent=2))
        return
    for name, value in figures.items():
        typer.echo(f"{name.replace('_', ' '):22}{_readable(name, value):>9}")
    for line in details:
        typer.echo(line)


def _rounded(value: float | None) -> float | None:
    return value if value is None else round(value, 6)


def _readable(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    if name.endswith("_usd"):
        return f"{value:.4f}"
    return f"{value:.1f}" if name.endswith(("_ms", "_mb")) else f"{value:.1%}"


def resident_mb() -> float | None:
    """The memory that this process has in use, on systems that tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def log_to_stderr() -> None:
    """So that the figures alone are on standard output."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
