"""The reference part of docs/events.md: every stream, every event, every field, with a sample."""

import json
from collections.abc import Iterator
from typing import Any

from scripts.stream_payloads import payload_schema, sample
from services.shared.events import Envelope
from services.shared.streams import STREAMS, Stream

BEGIN = "<!-- reference: written by `make docs` -->"
END = "<!-- end of the reference -->"

_TABLE_HEAD = ("| field | type | meaning |", "|---|---|---|")


def with_reference(document: str) -> str:
    """The document with the part between its two marks written anew."""
    head, _, rest = document.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{reference()}\n{END}{tail}"


def reference() -> str:
    return "\n".join([*_envelope(), *(line for stream in STREAMS for line in _stream(stream))])


def _envelope() -> Iterator[str]:
    yield "### The envelope: in every event"
    yield ""
    yield from _TABLE_HEAD
    yield "| `type` | text | The class; together with `version` it says which fields follow |"
    schema = payload_schema(Envelope)
    for name in Envelope.model_fields:
        yield _row(name, schema)
    yield ""


def _stream(stream: Stream) -> Iterator[str]:
    yield f"### `{stream.name}`"
    yield ""
    groups = ", ".join(f"`{group}`" for group in stream.groups)
    writer = "any service" if stream.writer == "any" else stream.writer
    yield f"Written by {writer}. Read by {groups}. Kept {stream.retention.days} days."
    yield ""
    for event in stream.events:
        yield from _event(event)


def _event(event: type[Envelope]) -> Iterator[str]:
    yield f"#### {event.__name__}"
    yield ""
    schema = payload_schema(event)
    if "description" in schema:
        yield schema["description"]
        yield ""
    own = [name for name in event.model_fields if name not in Envelope.model_fields and name != "type"]
    if own:
        yield from _TABLE_HEAD
        for name in own:
            yield _row(name, schema)
        yield ""
    yield "```json"
    yield json.dumps(sample(event), ensure_ascii=False)
    yield "```"
    yield ""


def _row(name: str, schema: dict[str, Any]) -> str:
    field = schema["properties"][name]
    kind = _kind(field, schema.get("$defs", {}))
    if name not in schema["required"]:
        kind += ", may be absent"
    return f"| `{name}` | {kind} | {field.get('description', '')} |"


def _kind(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A field's type in words."""
    match field:
        case {"$ref": str(ref)}:
            return _kind(definitions[ref.rpartition("/")[2]], definitions)
        case {"anyOf": choices}:
            kinds = (_kind(choice, definitions) for choice in choices if choice != {"type": "null"})
            return " or ".join(kinds)
        case {"type": "array", "items": items}:
            return f"list of {_kind(items, definitions)}"
        case {"type": "object", "properties": parts}:
            return "object of " + ", ".join(f"`{name}` ({_kind(parts[name], definitions)})" for name in parts)
        case {"type": "object", "additionalProperties": {"type": _} as values}:
            return f"object of {_kind(values, definitions)}"
    return _plain(field)


def _plain(field: dict[str, Any]) -> str:
    values = field.get("enum") or [field[key] for key in ("const",) if key in field]
    if values:
        return " ".join(f"`{value}`" for value in values)
    kind: str = field.get("format") or field["type"]
    return {"uuid": "UUID", "date-time": "time, RFC 3339", "string": "text"}.get(kind, kind)
