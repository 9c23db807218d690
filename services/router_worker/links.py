"""Links in a reply: only those that this turn's tools have named are left, and no image is. Pure."""

import re
from collections.abc import Callable
from typing import Any

_ADDRESS = (
    r"(?:[a-z][a-z0-9+.-]{1,20}:(?://|\\\\)|//|www\.|(?:data|javascript|vbscript|file|blob):)[^\s<>\"'`]*"
)
_BARE_PATH = r"\b(?:[\w-]+\.)+[a-z]{2,24}/[^\s<>\"'`]*"
_URL = re.compile(rf"(?:{_ADDRESS}|{_BARE_PATH})", re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)?|\[[^\]]*\]?)?")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)?")
_LINK_END = re.compile(r"\]\(([^)]*)\)?")
_DEFINITION = re.compile(r"^\s*\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_TAG = re.compile(r"</?[a-z][^<>]*>?", re.IGNORECASE)
_MAY_BEGIN = re.compile(r"[\[\]<]|//|\\\\|www\.|:\S|\w\.\w", re.IGNORECASE)


def addresses_in(data: Any) -> frozenset[str]:
    """Every address in the strings of JSON data."""
    if isinstance(data, str):
        return frozenset(address.rstrip(".,;:!?)*_") for address in _URL.findall(data))
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list | tuple):
        return frozenset().union(*map(addresses_in, data))
    return frozenset()


def may_begin_a_link(text: str) -> bool:
    return _MAY_BEGIN.search(text) is not None


def without_foreign_links(text: str, known: frozenset[str]) -> str:
    """`text` with the words of a link to an unknown address in its place."""
    if not may_begin_a_link(text):
        return text
    text = _TAG.sub(_kept_if(known), _DEFINITION.sub("", _IMAGE.sub(r"\1", text)))
    text = _LINK.sub(lambda link: link[0] if _is_known(link[2], known) else link[1], text)
    text = _LINK_END.sub(lambda end: end[0] if _is_known(end[1], known) else "", text)
    return _URL.sub(_kept_if(known), text)


def _kept_if(known: frozenset[str]) -> Callable[[re.Match[str]], str]:
    return lambda found: found[0] if _is_known(found[0].strip("<>"), known) else ""


def _is_known(address: str, known: frozenset[str]) -> bool:
    return address.strip().rstrip(".,;:!?)*_") in known
