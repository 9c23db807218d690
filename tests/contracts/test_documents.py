"""Documents made from the code are as the code is. When one is not: `make docs`."""

from pathlib import Path

from scripts.asyncapi import asyncapi, asyncapi_json
from scripts.event_reference import with_reference
from services.shared.events import EVENT_TYPES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_of_the_events_is_fresh() -> None:
    document = (DOCS / "events.md").read_text(encoding="utf-8")
    assert with_reference(document) == document
    for event in EVENT_TYPES:
        assert f"#### {event.__name__}\n" in document


def test_the_asyncapi_document_is_fresh() -> None:
    assert (DOCS / "asyncapi.json").read_text(encoding="utf-8") == asyncapi_json()


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()

    def check(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target: object = document
                for part in node["$ref"].removeprefix("#/").split("/"):
                    assert isinstance(target, dict)
                    target = target[part]
            for child in node.values():
                check(child)
        elif isinstance(node, list):
            for child in node:
                check(child)

    check(document)
