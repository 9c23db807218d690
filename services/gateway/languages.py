"""The language of a client that names it in no frame: the Accept-Language of its request."""

import re

_RANGE = re.compile(
    r"\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3})\s*(?:;\s*q=(0(?:\.\d{1,3})?|1(?:\.0{1,3})?)\s*)?"
)
_MOST_CHARACTERS = 500


def preferred_language(header: str | None) -> str | None:
    """The language asked for most, for example de-AT; None when the client has no preference."""
    found = map(_RANGE.fullmatch, (header or "")[:_MOST_CHARACTERS].split(","))
    weighed = [(float(match[2] or 1), match[1]) for match in found if match]
    weight, language = max(weighed, key=lambda each: each[0], default=(0.0, None))
    return language if weight else None
