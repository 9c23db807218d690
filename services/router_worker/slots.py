"""Slot values in a customer's words: found, told apart from other numbers, and normalised."""

import re
from collections.abc import Container, Iterable
from functools import lru_cache

from services.router_worker.intents import Slot
from services.router_worker.language_models.protocol import RouteRequest
from services.router_worker.number_words import digits_for_words

# How far from a bare value a clue may stand, in characters.
_CLUE_BEFORE = 60
_CLUE_AFTER = 30
# Up to this many words a bare value can follow up on an earlier one: "and 1044?", "sorry, I meant 1044".
_FOLLOW_UP_WORDS = 6

# What may stand between "invoice" and its number, or between "March" and a year.
_FILLER = r"(?:\W*\b(?:no|nr|num|number|id|is|was|of|the|with|in|\d{1,2}(?:st|nd|rd|th)?)\b)*[\s.:,#-]*"
_NEGATED = re.compile(
    r"\b(?:not|isn'?t|wasn'?t|instead of|rather than|other than)\W*(?:the |my |order |number |no\.? )*$",
    re.IGNORECASE,
)
_CORRECTED = re.compile(
    r"\b(?:sorry|actually|i mean|i meant|correction|wait|oops|my mistake|typo|no,|rather|make that|should be)\b",
    re.IGNORECASE,
)


def find_slots(slots: Iterable[Slot], text: str, *, asked: Container[str] = ()) -> dict[str, str]:
    """The normalised value of each slot that `text` gives; of a slot in `asked` a bare value counts, too."""
    found = {}
    for slot in slots:
        value = find_value(slot, text, asked=slot.name in asked)
        if value is not None:
            found[slot.name] = value
    return found


def expected_slots(request: RouteRequest) -> frozenset[str]:
    """The slots whose bare value counts: the one asked for; in a short follow-up the known ones, too."""
    asked = {request.pending.slot} if request.pending else set()
    known = request.slots if len(" ".join(request.texts).split()) <= _FOLLOW_UP_WORDS else {}
    return frozenset(asked | set(known))


def given_value(slot: Slot, value: str, text: str) -> str | None:
    """`value` normalised, if it has the slot's form and stands in `text`, however it is written there."""
    value = value.strip()
    if not re.fullmatch(slot.pattern, value, re.IGNORECASE):
        return None
    written = digits_for_words(text) if slot.number_words else text
    normalised = normalise(slot, value)
    return normalised if normalised in normalise(slot, written) else None


def find_value(slot: Slot, text: str, *, asked: bool = False) -> str | None:
    """The value of one slot, or None. Of several the first counts, unless the customer corrects it."""
    if slot.number_words:
        text = digits_for_words(text)
    chosen: re.Match[str] | None = None
    for match in _values(slot, text):
        if not _counts(slot, text, match, asked=asked):
            continue
        if chosen is None or _CORRECTED.search(text[chosen.end() : match.start()]):
            chosen = match
    return None if chosen is None else normalise(slot, chosen["value"])


def normalise(slot: Slot, value: str) -> str:
    """The one way to write a value: `w 2378156` becomes `W2378156`."""
    for step in slot.normalise:
        if step == "upper":
            value = value.upper()
        elif step == "lower":
            value = value.lower()
        else:
            value = re.sub(r"[\s#_-]+", "", value)
    return value


def _values(slot: Slot, text: str) -> Iterable[re.Match[str]]:
    """Every stretch that has the form of a value and is not part of a longer word or number."""
    return re.finditer(
        rf"(?<![\w+])(?<!\d[\s.,:/-])(?P<value>{slot.pattern})(?!\w|[.,:/-]\d|\s\d{{3}}|%)",
        text,
        re.IGNORECASE,
    )


def _counts(slot: Slot, text: str, match: re.Match[str], *, asked: bool) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    if _NEGATED.search(before):
        return False
    if slot.not_after and _ends_with_any(slot.not_after).search(before):
        return False
    if slot.not_before and _any_of(slot.not_before).match(after.lstrip(" -")):
        return False
    return asked or _is_certain(slot, match["value"]) or _has_clue(slot, before, after)


def _is_certain(slot: Slot, value: str) -> bool:
    return slot.certain is not None and re.fullmatch(slot.certain, value, re.IGNORECASE) is not None


def _has_clue(slot: Slot, before: str, after: str) -> bool:
    if not slot.clues:
        return False
    clue = _beginning_with_any(slot.clues)
    return any(clue.search(near) for near in (before[-_CLUE_BEFORE:], after[:_CLUE_AFTER]))


@lru_cache
def _beginning_with_any(words: tuple[str, ...]) -> re.Pattern[str]:
    """One of the words, or a word that begins like it: ordered, orders."""
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words), re.IGNORECASE)


@lru_cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """One of the words as a whole; of a symbol such as $ the symbol alone."""
    return re.compile("|".join(_whole(word) for word in words), re.IGNORECASE)


@lru_cache
def _ends_with_any(words: tuple[str, ...]) -> re.Pattern[str]:
    """A text whose last word is one of these, small words and the day of a month between left aside."""
    return re.compile(rf"(?:{_any_of(words).pattern}){_FILLER}$", re.IGNORECASE)


def _whole(word: str) -> str:
    left = r"\b" if word[0].isalnum() else ""
    right = r"\b" if word[-1].isalnum() else ""
    return rf"{left}{re.escape(word)}{right}"
