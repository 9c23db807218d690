"""What is withheld however it is worded. Pure."""

import re
from collections.abc import Iterator

from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.wordings import Default, Wording
from services.shared.events import Claim

# Not before a last thing without a verb of its own: "with this number and this address" is one clause.
_LAST_THING = r"(?:this|that|the|your|its|an?) (?:[\w-]+ )?[\w-]+(?: (?:that|which) [^,;:.]+)?[.!]?$"
_CLAUSE = re.compile(rf"[,;:.](?= |$)| (?:but|so|because|since|-|and(?! {_LAST_THING})) ")


def unexcused(wording: Wording, text: str, evidence: Evidence) -> Claim | None:
    """What a sentence says of this customer's case that nothing takes back and nothing found in this turn shows."""
    default = wording.default
    if default is None or text.endswith("?") or wording.condition.search(wording.no_condition.sub(" ", text)):
        return None
    if evidence.grounds(text):
        return None
    if evidence.orders:
        text = wording.neutral.sub(" ", text)
    offered = wording.offer.search(text) is not None
    for clause in _CLAUSE.split(text):
        for claim in _claims(default, clause.strip(), anchored=not evidence.orders):
            if not evidence.supports(claim, text) and not (offered and claim == "handoff"):
                return claim
    return None


def _claims(default: Default, clause: str, *, anchored: bool) -> Iterator[Claim]:
    if default.safe.search(clause) or default.instruction.match(clause):
        return
    if default.done.fullmatch(clause):
        yield "order_change"
    if anchored and default.bare.fullmatch(clause):
        yield from _about(default, clause)
        if default.weak.search(clause):
            yield "order_change"
    if not default.mine.search(clause):
        return
    yield from _about(default, clause)
    if default.done.search(clause):
        yield "order_change"
    if anchored and default.weak.search(clause) and default.anchor.search(clause):
        yield "order_change"


def _about(default: Default, clause: str) -> Iterator[Claim]:
    return (claim for claim, words in default.matter.items() if words.search(clause))
