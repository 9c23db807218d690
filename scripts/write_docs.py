"""`make docs`: writes what is generated from the code into docs/."""

from pathlib import Path

from scripts.asyncapi import asyncapi_json
from scripts.event_reference import with_reference

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    events = DOCS / "events.md"
    events.write_text(with_reference(events.read_text(encoding="utf-8")), encoding="utf-8")
    (DOCS / "asyncapi.json").write_text(asyncapi_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
