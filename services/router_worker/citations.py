"""Citation marks: `[2]` in a reply stands for the second section that this turn's searches found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.router_worker.language_models.protocol import ToolStep
from services.shared.events import Citation

MARK = re.compile(r"\[(\d{1,3})\](?!\()")
_UNFINISHED = re.compile(r"\[\d{0,3}\]?$")


def sections_of(steps: Sequence[ToolStep]) -> list[dict[str, Any]]:
    """The sections found in a turn, in the order in which marks count them."""
    return [
        section
        for step in steps
        if step.status == "ok" and step.result is not None
        for section in step.result.get("results", ())
    ]


def cited(text: str, sections: Sequence[dict[str, Any]]) -> list[Citation]:
    """The sections that the text's marks name, by number."""
    numbers = sorted({int(mark) for mark in MARK.findall(text)})
    return [
        Citation(
            number=number,
            section_id=sections[number - 1]["section_id"],
            title=sections[number - 1]["title"],
        )
        for number in numbers
        if 1 <= number <= len(sections)
    ]


@dataclass
class MarkFilter:
    """Drops marks that name no section from a text that arrives in pieces."""

    sections: int
    _held: str = ""

    def feed(self, piece: str) -> str:
        """What may be shown of the text so far and has not been shown yet."""
        text = self._held + piece
        unfinished = _UNFINISHED.search(text)
        keep = unfinished.start() if unfinished else len(text)
        self._held = text[keep:]
        return self._known(text[:keep])

    def end(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return self._known(rest)

    def _known(self, text: str) -> str:
        return MARK.sub(lambda mark: mark[0] if 1 <= int(mark[1]) <= self.sections else "", text)
