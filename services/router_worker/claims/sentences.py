"""Text that comes in pieces, cut into sentences."""

import re
from dataclasses import dataclass

# A full stop ends no sentence after a number or one of these.
_ABBREVIATIONS = (
    r"(?<!\bno)(?<!\bnr)(?<!\be\.g)(?<!\bi\.e)(?<!\bz\.b)(?<!\bca)(?<!\bst)(?<!\bmr)(?<!\bdr)(?<!\bmrs)"
    r"(?<!\b[ap]\.m)"
)
_END = re.compile(
    rf"(?:{_ABBREVIATIONS}(?<!\b\d)(?<!\b\d\d)\.|[!?…。！？])[\"'”’)*_~`\]]*(?=\s)|\n\s*\n|\n(?=\s*(?:[-+*•|#>]|\d{{1,2}}[.)])\s?)",
    re.IGNORECASE,
)
LONGEST = 600


@dataclass
class Sentences:
    """Sentences with the space that follows them: put together they are the text again."""

    rest: str = ""

    def feed(self, piece: str) -> list[str]:
        """The sentences that have ended. One that does not end is cut where it becomes too long."""
        self.rest += piece
        ended = []
        while end := self._end():
            ended.append(self.rest[:end])
            self.rest = self.rest[end:]
        return ended

    def _end(self) -> int:
        found = _END.search(self.rest)
        end = found.end() if found else 0
        while found and end < len(self.rest) and self.rest[end].isspace():
            end += 1
        if not found and len(self.rest) > LONGEST:
            end = self.rest.rfind(" ", 0, LONGEST) + 1 or LONGEST
        return end
