"""`supportbot events tail`: what happens in the streams, as it happens."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.connection import redis_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.cli.event_log import EventLog, LogEntry

events = typer.Typer(no_args_is_help=True, help="Read the events.")

# Every event has these; a line shows them in its head, or not at all.
_ENVELOPE = {
    "type",
    "event_id",
    "version",
    "conversation_id",
    "turn_id",
    "occurred_at",
    "causation_id",
    "trace",
}
_LONGEST = 80


@events.callback()
def group() -> None:
    """Read the events."""


@events.command()
def tail(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events are written.")] = False,
    type_: Annotated[str | None, typer.Option("--type", help="Only events of this type.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The events as they stand on the streams.")] = False,
    last: Annotated[int, typer.Option(min=0, help="How many of the past; 0 for all.")] = 50,
    redis_url: Annotated[str | None, typer.Option(help="Which Redis.", show_default="as set")] = None,
) -> None:
    """Print the events of all streams in their order."""
    from services.cli.event_log import EventLog
    from services.shared.streams import stream_keys

    with redis_connection(redis_url) as (redis, settings):
        log = EventLog(redis, [key for _, key in stream_keys(settings.partitions)])
        for entry in _selected(log, follow=follow, last=last, type_=type_):
            print(entry.payload if json else line(entry), flush=True)


def _selected(log: "EventLog", *, follow: bool, last: int, type_: str | None) -> "Iterator[LogEntry]":
    def wanted(entry: "LogEntry") -> bool:
        return type_ is None or _fields(entry).get("type") == type_

    ends = log.ends()
    past = filter(wanted, log.backwards(ends))
    yield from reversed(list(islice(past, last or None)))
    if follow:
        yield from filter(wanted, log.follow(ends))


def line(entry: "LogEntry") -> str:
    """One event on one line: when, what, whose, and what it says."""
    fields = _fields(entry)
    time = f"{entry.written_at:%H:%M:%S.%f}"[:-3]
    said = "  ".join(f"{name}={_short(value)}" for name, value in fields.items() if name not in _ENVELOPE)
    conversation = str(fields.get("conversation_id", ""))[-8:]
    return f"{time}  {fields.get('type', '?'):<18} {conversation:<8}  {said}".rstrip()


def _fields(entry: "LogEntry") -> dict[str, object]:
    import orjson

    try:
        fields = orjson.loads(entry.payload)
    except orjson.JSONDecodeError:
        fields = None
    return fields if isinstance(fields, dict) else {"entry": entry.payload}


def _short(value: object) -> str:
    import orjson

    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
