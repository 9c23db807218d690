"""`supportbot intents`: the intents and their translations, checked and measured."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from services.cli.figures import log_to_stderr, resident_mb, show

intents = typer.Typer(
    no_args_is_help=True, help="Check the intents and measure how well they are told apart."
)

_SHOWN_CONFUSIONS = 12


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

    Of a folder other than the router's, the translations are checked when they are named.
    """
    from services.router_worker.intents import IntentCatalogue, read_intents
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
    typer.echo(f"{len(found)} intents, {len(problems)} problems")
    if problems:
        raise typer.Exit(1)


@intents.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help="CSV with the columns text,intent[,order_id].")],
    least: Annotated[
        float | None,
        typer.Option("--min", min=0, max=1, help="Least accuracy in scope and least out-of-scope recall."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the offline model on questions whose intents are known; exit code 1 below --min."""
    from services.router_worker.evaluation.questions import read_questions
    from services.router_worker.evaluation.routing import answer, confusions, figures
    from services.router_worker.intents import IntentCatalogue
    from services.router_worker.language_models.classifiers import build_classifiers
    from services.router_worker.language_models.offline import OfflineModel
    from services.router_worker.phrasebooks import Phrasebooks
    from services.router_worker.settings import RouterSettings
    from services.shared.settings import load_settings

    log_to_stderr()
    settings = load_settings(RouterSettings)
    books = Phrasebooks.load(IntentCatalogue.load(settings.intents_dir), settings.translations_dir)
    questions, problems = read_questions(file, books.english.catalogue.names)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    classifiers = build_classifiers(settings, books)
    model = OfflineModel(books=books, classifiers=classifiers)
    answers = asyncio.run(answer(questions, model, classifiers[books.english.language]))
    measured = figures(answers)
    wrong = [
        f"  {expected} taken for {got}: {count}"
        for expected, got, count in confusions(answers)[:_SHOWN_CONFUSIONS]
    ]
    resident = {"resident_mb": resident_mb()}
    show(asdict(measured) | resident, ["confusions:", *wrong] if wrong else [], as_json=as_json)
    if least is not None and not measured.reaches(least):
        raise typer.Exit(1)
