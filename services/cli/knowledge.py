"""`supportbot knowledge`: the articles, checked and searched as the bot does it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.tools_worker.knowledge.knowledge_base import KnowledgeBase

knowledge = typer.Typer(no_args_is_help=True, help="Check and search the articles.")

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
    hits = base.search(query, top_k)
    if not hits:
        typer.echo("The articles do not answer this.")
    for hit in hits:
        typer.echo(f"{hit.score:6.3f}  {hit.section.section_id}\n        {hit.snippet}")


def _load(folder: Path | None) -> "tuple[KnowledgeBase, Path]":
    from services.shared.settings import load_settings
    from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
    from services.tools_worker.settings import KnowledgeSettings

    settings = load_settings(KnowledgeSettings)
    folder = folder or settings.knowledge_dir
    return KnowledgeBase.load(folder, settings.knowledge_language), folder
