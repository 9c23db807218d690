"""`supportbot intents eval`: how well intents are told apart, offline or by the language model that is set up."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.errors import CommandError
from services.cli.figures import log_to_stderr, resident_mb, show

if TYPE_CHECKING:
    from services.router_worker.evaluation.answering import Answered
    from services.router_worker.evaluation.questions import Question
    from services.router_worker.phrasebooks import Phrasebooks
    from services.router_worker.settings import RouterSettings

_SHOWN = 12


def evaluate(
    file: Annotated[Path, typer.Argument(help="CSV with the columns text,intent[,order_id].")],
    least: Annotated[
        float | None,
        typer.Option("--min", min=0, max=1, help="Least accuracy in scope and least out-of-scope recall."),
    ] = None,
    *,
    by_model: Annotated[
        bool, typer.Option("--model", help="Ask the language model of OPENAI_MODEL, as a router does.")
    ] = False,
    at_once: Annotated[
        int, typer.Option(min=1, max=64, help="With --model: how many questions at the same time.")
    ] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure routing on questions whose intents are known; exit code 1 below --min.

    By the offline model, which needs no network; with --model by the one that the environment names.
    """
    from services.router_worker.evaluation.account import account
    from services.router_worker.evaluation.figures import figures
    from services.router_worker.intents import IntentCatalogue
    from services.router_worker.phrasebooks import Phrasebooks
    from services.router_worker.settings import RouterSettings
    from services.shared.settings import load_settings

    log_to_stderr()
    settings = load_settings(RouterSettings)
    books = Phrasebooks.load(IntentCatalogue.load(settings.intents_dir), settings.translations_dir)
    questions = _questions(file, books)
    answers = (
        _answers_by_model(questions, settings, books, at_once)
        if by_model
        else _answers_offline(questions, settings, books)
    )
    measured = figures(answers)
    spent: dict[str, Any] = asdict(account(answers)) if by_model else {}
    details = [*_confusions(answers), *_failures(answers)]
    show(asdict(measured) | spent | {"resident_mb": resident_mb()}, details, as_json=as_json)
    if least is not None and not measured.reaches(least):
        raise typer.Exit(1)


def _questions(file: Path, books: "Phrasebooks") -> "list[Question]":
    from services.router_worker.evaluation.questions import read_questions

    questions, problems = read_questions(file, books.english.catalogue.names)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    return questions


def _answers_offline(
    questions: "Sequence[Question]", settings: "RouterSettings", books: "Phrasebooks"
) -> "list[Answered]":
    from services.router_worker.evaluation.answering import answer_offline
    from services.router_worker.language_models.factory import build_offline_model

    return asyncio.run(answer_offline(questions, build_offline_model(settings, books)))


def _answers_by_model(
    questions: "Sequence[Question]", settings: "RouterSettings", books: "Phrasebooks", at_once: int
) -> "list[Answered]":
    from services.router_worker.evaluation.answering import answer_by_model
    from services.router_worker.language_models.budgeted import NoBudget
    from services.router_worker.language_models.circuit import never_opens
    from services.router_worker.language_models.factory import build_language_model
    from services.router_worker.settings import ModelSettings
    from services.shared.settings import load_settings

    models = load_settings(ModelSettings)
    if not models.uses_openai:
        raise CommandError(
            "--model needs a language model: set OPENAI_BASE_URL or OPENAI_API_KEY, and OPENAI_MODEL"
        )
    model = build_language_model(models, settings, books, NoBudget(), circuit=never_opens)
    return asyncio.run(answer_by_model(questions, model, at_once=at_once))


def _confusions(answers: "Sequence[Answered]") -> Iterator[str]:
    from services.router_worker.evaluation.figures import confusions

    wrong = confusions(answers)
    if wrong:
        yield "confusions:"
    for expected, got, count in wrong[:_SHOWN]:
        yield f"  {expected} taken for {got}: {count}"


def _failures(answers: "Sequence[Answered]") -> Iterator[str]:
    failed = [each for each in answers if each.failure]
    if failed:
        yield "without an answer of a model:"
    for each in failed[:_SHOWN]:
        yield f"  {each.failure}: {each.question.text}"
    if len(failed) > _SHOWN:
        yield f"  and {len(failed) - _SHOWN} more"
