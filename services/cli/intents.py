"""`supportbot intents`: the intent catalogue, checked."""

from pathlib import Path
from typing import Annotated

import typer

intents = typer.Typer(no_args_is_help=True, help="Check the intents.")


@intents.callback()
def group() -> None:
    """Check the intents."""


@intents.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder.", show_default="ROUTER_INTENTS_DIR")
    ] = None,
) -> None:
    """Name every problem with its file and line; exit code 1 when there is one."""
    from services.router_worker.intents import read_intents
    from services.router_worker.settings import RouterSettings
    from services.shared.settings import load_settings

    found, problems = read_intents(folder or load_settings(RouterSettings).intents_dir)
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"{len(found)} intents, {len(problems)} problems")
    if problems:
        raise typer.Exit(1)
