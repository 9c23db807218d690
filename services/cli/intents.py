"""`supportbot intents`: the intents and their translations, checked and measured."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.intents_evaluation import evaluate

intents = typer.Typer(
    no_args_is_help=True, help="Check the intents and measure how well they are told apart."
)
intents.command("eval")(evaluate)


@intents.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder.", show_default="ROUTER_INTENTS_DIR")
    ] = None,
    translations: Annotated[
        Path | None,
        typer.Option(help="The folder of the translations.", show_default="ROUTER_TRANSLATIONS_DIR"),
    ] = None,
) -> None:
    """Name every problem with its file and line; exit code 1 when there is one.

    Of a folder other than the router's, the translations are checked when they are named. An example that stands
    in two intents is named, too; it is no mistake, but seldom meant.
    """
    from services.router_worker.intents import IntentCatalogue, ambiguous_examples, read_intents
    from services.router_worker.phrasebooks import translation_problems
    from services.router_worker.settings import RouterSettings
    from services.shared.settings import load_settings

    settings = load_settings(RouterSettings)
    found, problems = read_intents(folder or settings.intents_dir)
    words = translations or (settings.translations_dir if folder is None else None)
    if words is not None and not problems:
        problems = translation_problems(IntentCatalogue(found), words)
    for problem in problems:
        typer.echo(problem, err=True)
    for example in ambiguous_examples(found):
        typer.echo(f"note: {example}", err=True)
    typer.echo(f"{len(found)} intents, {len(problems)} problems")
    if problems:
        raise typer.Exit(1)
