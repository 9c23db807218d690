"""`supportbot knowledge`: the articles, checked, searched as the bot does it, and measured."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.figures import show

if TYPE_CHECKING:
    from services.tools_worker.knowledge.knowledge_base import KnowledgeBase

knowledge = typer.Typer(no_args_is_help=True, help="Check, search and measure the articles.")

Folder = Annotated[Path | None, typer.Argument(help="The folder.", show_default="KNOWLEDGE_DIR")]


@knowledge.command()
def check(folder: Folder = None) -> None:
    """Name every problem with its file and line; exit code 1 when there is one."""
    base, folder = _load(folder)
    for problem in base.problems:
        typer.echo(f"{folder / problem.file}:{problem.line}: {problem.message}", err=True)
    articles = {section.section_id.partition("#")[0] for section in base.sections}
    typer.echo(f"{len(articles)} articles with {len(base.sections)} sections, {len(base.problems)} problems")
    if base.problems:
        raise typer.Exit(1)


@knowledge.command()
def search(
    query: Annotated[str, typer.Argument(help="What a customer would ask.")],
    top_k: Annotated[int, typer.Option(min=1, max=50, help="How many sections at most.")] = 5,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="The folder.", show_default="KNOWLEDGE_DIR")
    ] = None,
) -> None:
    """Show the sections that the bot would answer from, best first."""
    base, _ = _load(folder)
    base.take_in_meaning()
    hits = base.search(query, top_k)
    if not hits:
        typer.echo("The articles do not answer this.")
    for hit in hits:
        typer.echo(f"{hit.score:6.3f}  {hit.section.section_id}\n        {hit.snippet}")


@knowledge.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help='JSONL with lines {"query": "…", "sections": ["id", …]}.')],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="The folder.", show_default="KNOWLEDGE_DIR")
    ] = None,
    least: Annotated[
        float | None,
        typer.Option("--min", min=0, max=1, help="Least nDCG@10 and least share declined."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the search on questions whose sections are known; exit code 1 below --min."""
    from services.tools_worker.knowledge.evaluation import ask, figures, read_questions, wrong

    base, _ = _load(folder)
    questions, problems = read_questions(file, base)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    base.take_in_meaning()
    asked = ask(questions, base)
    measured = figures(asked)
    details = [
        f"  {each.question.query} -> {each.answer[0] if each.answer else 'declined'}" for each in wrong(asked)
    ]
    show(asdict(measured), ["wrong:", *details] if details else [], as_json=as_json)
    if least is not None and not measured.reaches(least):
        raise typer.Exit(1)


def _load(folder: Path | None) -> "tuple[KnowledgeBase, Path]":
    from services.shared.settings import load_settings
    from services.tools_worker.knowledge.loading import load_knowledge
    from services.tools_worker.settings import KnowledgeSettings

    settings = load_settings(KnowledgeSettings, **({"knowledge_dir": folder} if folder else {}))
    return load_knowledge(settings), settings.knowledge_dir
