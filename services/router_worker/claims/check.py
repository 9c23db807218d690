"""Whether a sentence claims that something was done, is being done or will be done for the customer. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.plain_text import plain
from services.router_worker.claims.wordings import Form, Wording, wordings
from services.shared.events import Claim


def claim_in(sentence: str, evidence: Evidence) -> Claim | None:
    """The first claim for which there is no evidence; None when the sentence may be said."""
    text = plain(sentence)
    found = (worded for wording in wordings() for worded in _claims(wording, text, evidence))
    return next((worded.claim for worded in found if not worded.is_allowed(evidence)), None)


def _claims(wording: Wording, text: str, evidence: Evidence) -> "Iterator[_Worded]":
    if evidence.orders:  # how far its handling is can be told of an order that was found
        text = wording.neutral.sub(" ", text)
    for claim, form, pattern in wording.patterns:
        for match in pattern.finditer(text):
            yield _Worded(wording=wording, text=text, start=match.start(), claim=claim, form=form)


@dataclass(frozen=True, kw_only=True)
class _Worded:
    """Words that claim something, unless what stands around them takes it back."""

    wording: Wording
    text: str
    start: int
    claim: Claim
    form: Form

    def is_allowed(self, evidence: Evidence) -> bool:
        """Of what the bot says it did itself nothing is excused: no tool does it. A tool's facts may be stated."""
        if self._is_governed_by_a_condition() or (evidence.handed_off and self.claim == "handoff"):
            return True
        if self.form == "own_done":
            return False
        if self._is_asked() or self._is_offered():
            return True
        if self.form == "own":
            return False
        if evidence.supports(self.claim, self.text) or evidence.grounds(self.text):
            return True
        return self.form == "promised" and self._depends()

    def _is_governed_by_a_condition(self) -> bool:
        before = self.text[: self.start]
        return self.wording.governed.search(before) is not None and not self.wording.no_condition.search(
            before
        )

    def _is_asked(self) -> bool:
        questions = self.wording.question.finditer(self.text)
        return self.text.endswith("?") and any(asked.start() <= self.start for asked in questions)

    def _is_offered(self) -> bool:
        """A person may be offered: the customer only has to say yes."""
        offered = self.wording.offer.search(self.text) is not None or self._depends()
        return self.claim == "handoff" and self.form != "stated" and offered

    def _depends(self) -> bool:
        return self.wording.condition.search(self.wording.no_condition.sub(" ", self.text)) is not None
