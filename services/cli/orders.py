"""`supportbot orders`: orders of any shop, loaded into the one that the bot looks at."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from services.cli import stack

if TYPE_CHECKING:
    from services.cli.orders_file import Problems
    from services.cli.orders_store import Counts, Imported

orders = typer.Typer(no_args_is_help=True, help="Load orders into the shop.")


@orders.callback()
def group() -> None:
    """Load orders into the shop."""


@orders.command("import")
def import_file(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="JSON lines (docs/orders.md); - for standard input.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count; write nothing.")] = False,
) -> None:
    """Import orders and their customers: all of a file, or nothing of it. Importing it again changes nothing."""
    from services.cli.orders_file import Problems
    from services.cli.orders_store import BadFileError

    stack.use_running_stack()
    _warn_of_another_source()
    problems = Problems(file=file.name)
    try:
        imported = asyncio.run(_import(file, problems, dry_run=dry_run))
    except BadFileError:
        _print_problems(problems)
        raise typer.Exit(1) from None
    typer.echo(f"{_told(imported.orders, 'order')}; {_told(imported.customers, 'customer')}")
    if dry_run:
        typer.echo("Nothing was written.")


async def _import(file: BinaryIO, problems: "Problems", *, dry_run: bool) -> "Imported":
    from rich.console import Console
    from rich.progress import wrap_file

    from services.cli.orders_file import read_lines
    from services.cli.orders_store import import_lines, shop_database
    from services.shared.settings import PostgresSettings, load_settings

    screen = Console(stderr=True)
    with wrap_file(
        file,
        os.fstat(file.fileno()).st_size,
        description="Reading",
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    ) as watched:
        async with shop_database(load_settings(PostgresSettings)) as connection:
            return await import_lines(connection, read_lines(watched, problems), problems, dry_run=dry_run)


def _warn_of_another_source() -> None:
    from services.shared.settings import load_settings
    from services.tools_worker.settings import ToolsSettings

    if (source := load_settings(ToolsSettings).order_source) != "postgres":
        sys.stderr.write(
            f"The bot looks orders up elsewhere: TOOLS_ORDER_SOURCE is {source}, not postgres.\n"
        )


def _print_problems(problems: "Problems") -> None:
    for problem in problems.first:
        typer.echo(problem, err=True)
    if more := problems.count - len(problems.first):
        typer.echo(f"… and {more:,} more", err=True)
    typer.echo(f"{problems.count:,} problems; nothing was imported", err=True)


def _told(counts: "Counts", noun: str) -> str:
    plural = noun if counts.all == 1 else f"{noun}s"
    return (
        f"{counts.all:,} {plural}: {counts.new:,} new, {counts.changed:,} changed, {counts.same:,} the same"
    )
