"""What a sentence claims by its wording: that something was done, is being done or will be done. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.wordings import Form, Wording, wordings
from services.shared.events import Claim


def worded_claim(text: str, evidence: Evidence) -> Claim | None:
    """The first claim of a plain text for which there is no evidence; None when its wording is harmless."""
    found = (worded for wording in wordings() for worded in _claims(wording, text, evidence))
    return next((worded.claim for worded in found if not worded.is_allowed(evidence)), None)


def _claims(wording: Wording, said: str, evidence: Evidence) -> "Iterator[_Worded]":
    # How far its handling is can be told of an order that was found.
    text = wording.neutral.sub(" ", said) if evidence.orders else said
    for phrases in wording.phrases:
        for match in phrases.found_in(text):
            yield _Worded(
                wording=wording,
                said=said,
                text=text,
                start=match.start(),
                claim=phrases.claim or _claim_of(wording, text),
                form=phrases.form,
                known=phrases.claim is not None,
            )


def matter_of(text: str) -> Claim:
    """What a claim is about that was not found by its wording."""
    about = (claim for wording in wordings() for claim, words in wording.about.items() if words.search(text))
    return next(about, "order_change")


def _claim_of(wording: Wording, text: str) -> Claim:
    """What a claim is about whose verb does not tell it."""
    return next((claim for claim, words in wording.about.items() if words.search(text)), "order_change")


@dataclass(frozen=True, kw_only=True)
class _Worded:
    """Words that claim something, unless what stands around them takes it back.

    `known` is whether the words themselves say which claim it is; `said` is the whole sentence, `text` is it without
    how far the handling of an order is.
    """

    wording: Wording
    said: str
    text: str
    start: int
    claim: Claim
    form: Form
    known: bool

    def is_allowed(self, evidence: Evidence) -> bool:
        """Of what the bot says it did itself nothing is excused: no tool does it. A tool's facts may be stated."""
        if self._is_governed_by_a_condition() or (evidence.handed_off and self.claim == "handoff"):
            return True
        if self.form == "own_done":
            return False
        if self._is_asked() or self._is_offered():
            return True
        return self.form != "own" and (self._is_shown(evidence) or self._may_come())

    def _is_shown(self, evidence: Evidence) -> bool:
        told = evidence.supports(self.claim) or evidence.grounds(self.text)
        return told or (not self.known and self._tells_of_an_order(evidence))

    def _may_come(self) -> bool:
        """What follows from something that the customer may do."""
        return self._depends() and (self.form == "promised" or not self.known)

    def _tells_of_an_order(self, evidence: Evidence) -> bool:
        """How an order stands can be told in any words once it was found."""
        facts = self.wording.facts
        return bool(evidence.orders) and facts is not None and facts.search(self.said) is not None

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
