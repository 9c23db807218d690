"""The AsyncAPI 3.0 document of the streams: channels, who sends, who receives, and every payload.

It is made from the table of streams itself. FastStream's own generator describes its subscriptions, one channel
a group, and headers that our entries do not have.
"""

import json
from typing import Any, Literal

from scripts.stream_payloads import payload_schema, sample
from services.shared.events import EVENT_TYPES, Envelope
from services.shared.streams import STREAMS, Stream

INFO = {
    "title": "supportbot event streams",
    "version": "1.0.0",
    "description": (
        "Every message between the services, on Redis Streams. An entry has one field, `__data__`, with the "
        "payload as JSON. docs/events.md tells how to read them."
    ),
    "license": {"name": "MIT"},
}
PARTITION = {
    "description": "The partition in braces, a hash tag: CRC-32 of the conversation id modulo PARTITIONS",
    "examples": ["{0}"],
    "default": "{0}",
}


def asyncapi_json() -> str:
    return json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n"


def asyncapi() -> dict[str, Any]:
    operations = {name: operation for stream in STREAMS for name, operation in _operations(stream).items()}
    return {
        "asyncapi": "3.0.0",
        "info": INFO,
        "defaultContentType": "application/json",
        "servers": {"redis": {"host": "127.0.0.1:6379", "protocol": "redis"}},
        "channels": {stream.name: _channel(stream) for stream in STREAMS},
        "operations": operations,
        "components": {
            "messages": {event.__name__: _message(event) for event in EVENT_TYPES},
            "schemas": _schemas(),
        },
    }


def _channel(stream: Stream) -> dict[str, Any]:
    return {
        "address": f"{stream.name}.{{partition}}",
        "description": f"A Redis Stream, kept {stream.retention.days} days.",
        "parameters": {"partition": PARTITION},
        "messages": {
            event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in stream.events
        },
    }


def _operations(stream: Stream) -> dict[str, Any]:
    sends = {f"{stream.writer}.send.{stream.name}": _operation(stream, "send", f"Written by {stream.writer}")}
    receives = {
        f"{group}.receive.{stream.name}": _operation(stream, "receive", f"Read by the group {group}")
        for group in stream.groups
    }
    return sends | receives


def _operation(stream: Stream, action: Literal["send", "receive"], summary: str) -> dict[str, Any]:
    channel = f"#/channels/{stream.name}"
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.__name__}"} for event in stream.events],
    }


def _message(event: type[Envelope]) -> dict[str, Any]:
    return {
        "name": event.__name__,
        "title": event.__name__,
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "examples": [{"name": "sample", "payload": sample(event)}],
    }


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    for event in EVENT_TYPES:
        schema = payload_schema(event, "#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[event.__name__] = schema
    return dict(sorted(schemas.items()))
