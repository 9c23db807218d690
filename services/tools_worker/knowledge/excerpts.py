"""Short forms of a section's text."""

import re
from collections import Counter
from collections.abc import Sequence

from services.tools_worker.knowledge.terms import Term

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_ELLIPSIS = "…"


def truncate(text: str, longest: int) -> tuple[str, bool]:
    """The text, or as much of its beginning as `longest` allows, and whether it was cut.

    It is cut after a paragraph, else after a line or a sentence, else after a word, whatever keeps at least half.
    """
    if len(text) <= longest:
        return text, False
    beginning = text[: longest + 1]
    for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?])\s", r"\s"):
        ends = [match.start() for match in re.finditer(pattern, beginning) if match.start() >= longest // 2]
        if ends:
            return beginning[: ends[-1]].rstrip(), True
    return text[:longest], True


def snippet(text: str, matches: Sequence[Term], longest: int) -> str:
    """The passage of `text` that has most of the terms matched in it, in whole sentences where they fit."""
    start = _densest(matches, longest)
    begin = _sentence_start(text, start.start) if start else 0
    if start and start.end - begin > longest:
        begin = start.start
    passage, cut = truncate(text[begin:], longest)
    shown = " ".join(passage.split())
    return f"{_ELLIPSIS if begin else ''}{shown}{_ELLIPSIS if cut else ''}"


def _densest(matches: Sequence[Term], longest: int) -> Term | None:
    """The first match from which on `longest` characters have most distinct terms."""
    best, most, end = None, -1, 0
    within: Counter[str] = Counter()
    for number, first in enumerate(matches):
        while end < len(matches) and matches[end].end <= first.start + longest:
            within[matches[end].text] += 1
            end += 1
        if len(within) > most:
            best, most = first, len(within)
        if number < end:
            within[first.text] -= 1
            if not within[first.text]:
                del within[first.text]
        else:
            end = number + 1
    return best


def _sentence_start(text: str, place: int) -> int:
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, place)]
    return ends[-1] if ends else 0
