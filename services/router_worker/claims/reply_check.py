"""A reply on its way to the customer: what it claims without evidence is held back, and all that follows."""

import re
from dataclasses import dataclass, field

from services.router_worker.claims.check import ClaimCheck
from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.sentences import Sentences
from services.router_worker.links import may_begin_a_link, without_foreign_links
from services.shared.events import Claim


@dataclass
class ReplyCheck:
    """`kept` is what the reply consists of: the sentences that have passed.

    Of the first sentence the words before the first one with which a claim can be made are shown at once; should
    the sentence be withheld, they are no part of the reply. Links to addresses that no tool has named are taken out.
    """

    check: ClaimCheck
    evidence: Evidence
    kept: str = ""
    withheld: Claim | None = None
    _sentences: Sentences = field(default_factory=Sentences)
    _shown: int = 0
    _waits: bool = False

    def feed(self, piece: str) -> str:
        """What may be shown of the text so far and has not been shown yet."""
        if self.withheld:
            return ""
        shown = "".join(self._checked(sentence) for sentence in self._sentences.feed(piece))
        return shown if self.withheld else shown + self._harmless_start()

    def end(self) -> str:
        """The rest."""
        rest, self._sentences.rest = self._sentences.rest, ""
        return "" if self.withheld else self._checked(rest)

    def _checked(self, sentence: str) -> str:
        if self.withheld:
            return ""
        self.withheld = self.check.claim_in(sentence, self.evidence)
        if self.withheld:
            return ""
        allowed = without_foreign_links(sentence, self.evidence.addresses)
        unseen, self._shown, self._waits = allowed[self._shown :], 0, False
        self.kept += allowed
        return unseen

    def _harmless_start(self) -> str:
        """The first sentence's words until one may begin a claim or a link: the customer sees text at once."""
        rest, end = self._sentences.rest, self._shown
        if self.kept or self._waits:
            return ""
        for word in re.finditer(r"\S+\s+", rest):
            if word.start() < self._shown:
                continue
            start = rest[: word.end()]
            if may_begin_a_link(word[0]) or self.check.may_begin_a_claim(start, self.evidence):
                self._waits = True
                break
            end = word.end()
        unseen, self._shown = rest[self._shown : end], end
        return unseen
