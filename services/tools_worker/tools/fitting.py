"""Results that are never too large: as much as fits, with short names."""

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

Part = TypeVar("Part", bound=BaseModel)


def fitting(parts: Iterable[Part], *, most_bytes: int) -> tuple[Part, ...]:
    """The first parts that fit together; the very first always does."""
    taken: list[Part] = []
    size = 0
    for part in parts:
        size += len(part.model_dump_json().encode())
        if taken and size > most_bytes:
            break
        taken.append(part)
    return tuple(taken)


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and an ellipsis: `most` characters at most."""
    return text if len(text) <= most else text[: most - 1] + "…"
