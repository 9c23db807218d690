"""`supportbot dead-letters`: what no delivery could process."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.connection import redis_connection

if TYPE_CHECKING:
    from services.shared.events import DeadLettered

dead_letters = typer.Typer(no_args_is_help=True, help="Look at what could not be processed.")


@dead_letters.callback()
def group() -> None:
    """Look at what could not be processed."""


@dead_letters.command("list")
def list_letters(
    json: Annotated[bool, typer.Option("--json", help="The events as they stand on the stream.")] = False,
    redis_url: Annotated[str | None, typer.Option(help="Which Redis.", show_default="as set")] = None,
) -> None:
    """Print every dead letter, the newest first: where it came from, and why it died."""
    from services.cli.event_log import EventLog
    from services.shared.events import DeadLettered
    from services.shared.streams import DEAD_LETTERS

    with redis_connection(redis_url) as (redis, settings):
        log = EventLog(redis, [DEAD_LETTERS.key(partition) for partition in range(settings.partitions)])
        entries = list(log.backwards(log.ends()))
    for entry in entries:
        typer.echo(entry.payload if json else line(DeadLettered.model_validate_json(entry.payload)))
    if not entries and not json:
        typer.echo("There are no dead letters.")


def line(letter: "DeadLettered") -> str:
    return (
        f"{letter.occurred_at.astimezone():%Y-%m-%d %H:%M:%S}  {letter.stream} {letter.entry_id} › {letter.group}  "
        f"after {letter.deliveries} deliveries: {letter.reason}"
    )
