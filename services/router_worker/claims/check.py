"""Whether a sentence promises what nothing shows: by its wording, and by what it sounds like. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.router_worker.claims.evidence import NOTHING, Evidence
from services.router_worker.claims.learnt import LearntPromises
from services.router_worker.claims.plain_text import plain
from services.router_worker.claims.worded import matter_of, worded_claim
from services.router_worker.claims.wordings import may_begin_a_claim
from services.shared.events import Claim

# Scores beyond which a sentence is withheld: whatever its wording, for a part of it, with a wording that claims what
# an order found in this turn shows, and with one that claims more.
# Measured on lists of other writers than the examples': docs/decisions/0005.
_SURE = 0.1
_SURE_OF_A_PART = 0.4
_OF_AN_ORDER = 0.4
_WITH_WORDING = -0.3
# Below it the first words of a sentence may be shown before its end is known.
_HARMLESS = -0.2
_PARTS = re.compile(
    r"[;:] | - |,? (?:but|so|that is why|which is why|therefore|aber|deshalb|daher|pero|mais|ma|maar|mas) "
    r"|, (?:and|und|y|et|e|en) (?=(?:i|we|it|your|ich|wir) )"
)
_SHORTEST_PART = 4


@dataclass(frozen=True)
class ClaimCheck:
    """Two opinions on a sentence: the wordings', which know why, and what was learnt from examples."""

    learnt: LearntPromises

    def claim_in(self, sentence: str, evidence: Evidence) -> Claim | None:
        """The claim for which there is no evidence; None when the sentence may be said."""
        text = plain(sentence)
        evidence = evidence.about(text)
        if claim := worded_claim(text, evidence):
            return claim if self._sounds_false(text, evidence, _WITH_WORDING) else None
        if _is_shown(text, evidence):
            return None
        limit = _OF_AN_ORDER if _is_of_an_order(text, evidence) else _SURE
        return matter_of(text) if self._sounds_false(text, evidence, limit) else None

    def may_begin_a_claim(self, start: str, evidence: Evidence) -> bool:
        """Whether the first words of a sentence have to wait for its end."""
        text = plain(start)
        sounds_false = self.learnt.score(text, evidence.about(text)) > _HARMLESS
        return bool(text) and (sounds_false or may_begin_a_claim(text))

    def _sounds_false(self, text: str, evidence: Evidence, limit: float) -> bool:
        if not text:
            return False
        parts = (self.learnt.score(part, evidence) for part in _parts(text))
        return self.learnt.score(text, evidence) > limit or any(score > _SURE_OF_A_PART for score in parts)


def _is_shown(text: str, evidence: Evidence) -> bool:
    """Whether this turn's evidence says the same."""
    return evidence.grounds(text) or (evidence.handed_off and matter_of(text) == "handoff")


def _is_of_an_order(text: str, evidence: Evidence) -> bool:
    """Whether the wording claims something, and an order that was found is such."""
    claim = worded_claim(text, NOTHING) if evidence.orders else None
    return claim is not None and evidence.supports(claim)


def _parts(text: str) -> Iterator[str]:
    """The main clauses, if there are several."""
    parts = _PARTS.split(text)
    return (part for part in parts if len(parts) > 1 and len(part.split()) >= _SHORTEST_PART)
