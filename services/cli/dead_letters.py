"""`supportbot dead-letters`: what no delivery could process, to be looked at, replayed or dropped."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from services.cli.connection import letter_box
from services.cli.errors import CommandError

if TYPE_CHECKING:
    from services.shared.letter_box import Letter, LetterBox
    from services.shared.letter_steps import Replayed

Result = TypeVar("Result")
LetterId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it: event id or entry id.")]
RedisUrl = Annotated[str | None, typer.Option(help="Which Redis.", show_default="as set")]
Json = Annotated[bool, typer.Option("--json", help="The events as they stand on the stream.")]

dead_letters = typer.Typer(no_args_is_help=True, help="Look at what could not be processed, and mend it.")

UNBOUNDED = 10_000
NOT_REPLAYED: dict["Replayed", str] = {
    "settled": "it was replayed or dropped before",
    "answered": "the customer has had an answer since",
    "waiting": "its message still waits for an answer, which comes or ends in an apology",
    "gone": "its conversation, or the apology that ended it, is no longer kept: nobody is left to be answered",
}


@dead_letters.command("list")
def list_letters(
    every: Annotated[bool, typer.Option("--all", help="Those replayed or dropped, too.")] = False,
    json: Json = False,
    redis_url: RedisUrl = None,
) -> None:
    """Show the dead letters, the newest first: where each came from, and why it died."""
    letters = [letter for letter in _in_box(redis_url, _all) if every or letter.state == "open"]
    if json:
        for letter in letters:
            typer.echo(_payload(letter))
    elif letters:
        _print_table(letters)
    else:
        typer.echo("There are no dead letters." if every else "There are no open dead letters.")


@dead_letters.command()
def show(letter_id: LetterId, json: Json = False, redis_url: RedisUrl = None) -> None:
    """Show one dead letter whole, with the entry that died."""
    letter = _in_box(redis_url, lambda box: _only(box, letter_id))
    if json:
        typer.echo(_payload(letter))
    else:
        _print_whole(letter)


@dead_letters.command()
def replay(letter_id: LetterId, redis_url: RedisUrl = None) -> None:
    """Have the group that gave up try again, once; a customer who got an apology is answered."""

    async def work(box: "LetterBox") -> "Replayed":
        return await box.replay(await _only(box, letter_id))

    outcome = _in_box(redis_url, work)
    if outcome != "replayed":
        raise CommandError(f"not replayed: {NOT_REPLAYED[outcome]}")
    typer.echo("Replayed: its group gets it again within seconds.")


@dead_letters.command()
def drop(letter_id: LetterId, redis_url: RedisUrl = None) -> None:
    """Settle a dead letter for good. It stays on record and is no longer listed."""

    async def work(box: "LetterBox") -> bool:
        return await box.drop(await _only(box, letter_id))

    if not _in_box(redis_url, work):
        raise CommandError(f"not dropped: {NOT_REPLAYED['settled']}")
    typer.echo("Dropped.")


def _in_box(redis_url: str | None, work: "Callable[[LetterBox], Awaitable[Result]]") -> Result:
    async def run() -> Result:
        async with letter_box(redis_url) as box:
            return await work(box)

    return asyncio.run(run())


async def _all(box: "LetterBox") -> "list[Letter]":
    return await box.letters()


async def _only(box: "LetterBox", letter_id: str) -> "Letter":
    found = await box.find(letter_id)
    if not found:
        raise CommandError(f"there is no dead letter {letter_id}: `supportbot dead-letters list --all`")
    if len(found) > 1:
        ids = ", ".join(str(letter.event.event_id) for letter in found)
        raise CommandError(f"{letter_id} stands in several partitions: name one of {ids}")
    return found[0]


def _payload(letter: "Letter") -> str:
    from services.shared.events import dump_event

    return dump_event(letter.event)


def _print_table(letters: "list[Letter]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)  # to be copied, however narrow the terminal is
    for column in ("time", "stream", "group", "tries", "state", "reason"):
        table.add_column(column, overflow="fold")
    for letter in letters:
        event = letter.event
        table.add_row(
            letter.entry_id,
            f"{event.occurred_at.astimezone():%Y-%m-%d %H:%M:%S}",
            event.stream,
            event.group,
            str(event.deliveries),
            letter.state,
            _harmless(event.reason),
        )
    width = None if sys.stdout.isatty() else UNBOUNDED
    Console(markup=False, highlight=False, width=width).print(table)


def _print_whole(letter: "Letter") -> None:
    from rich.console import Console

    event = letter.event
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for name, value in (
        ("letter", f"{event.event_id} ({letter.entry_id}), {letter.state}"),
        ("time", f"{event.occurred_at.astimezone():%Y-%m-%d %H:%M:%S %Z}"),
        ("conversation", event.conversation_id),
        ("entry", f"{event.stream} {event.entry_id}, group {event.group}"),
        ("deliveries", event.deliveries),
        ("reason", _harmless(event.reason)),
    ):
        console.print(f"{name:<13} {value}")
    console.print(_readable(event.entry))


def _readable(payload: str) -> str:
    import orjson

    try:
        return orjson.dumps(orjson.loads(payload), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return _harmless(payload)


def _harmless(text: str) -> str:
    """Text that came from outside must not steer the terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)
