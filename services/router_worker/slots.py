"""Slot values in a customer's words: found, told apart from other numbers, and normalised."""

import re
from collections.abc import Container, Iterable
from functools import lru_cache

from services.router_worker.intent import Slot
from services.router_worker.language_models.protocol import RouteRequest
from services.router_worker.number_words import digits_for_words
from services.router_worker.repair import only_names

# How far from a bare value a clue may stand, in characters.
_CLUE_BEFORE = 60
_CLUE_AFTER = 30
_NEAR = 120
# Up to this many words a bare value can follow up on an earlier one: "and 1044?", "sorry, I meant 1044".
_FOLLOW_UP_WORDS = 6

# What may stand between "invoice" and its number, or between "March" and a year.
_FILLER = r"(?:\W*\b(?:no|nr|num|number|id|is|was|of|the|with|in|\d{1,2}(?:st|nd|rd|th)?)\b)*[\s.:,#-]*"
_DIGITS_BEFORE = re.compile(r"\d[ \t.,:/-]$")
_DIGITS_AFTER = re.compile(r"[.,:/-]\d| \d{3}|%")
_END_OF_WORD = re.compile(r"\S*$")
_BEGINNING_OF_WORD = re.compile(r"\S*")
_NEGATED = re.compile(
    r"\b(?:not|isn'?t|wasn'?t|instead of|rather than|other than)\W*(?:the |my |order |number |no\.? )*$",
    re.IGNORECASE,
)
_CORRECTED = re.compile(
    r"\b(?:(?:sorry|actually|i mean|i meant|correction|wait|oops|my mistake|typo|rather|make that|should be)\b|no,)",
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


def expected_slots(request: RouteRequest, slots: Iterable[Slot]) -> frozenset[str]:
    """The slots whose bare value counts: the one asked for, in a short follow-up the known ones, too.

    Where the messages are nothing but values, those count that a clue would make certain.
    """
    text = "\n".join(request.texts)
    asked = {request.pending.slot} if request.pending else set()
    known = request.slots if is_follow_up(text) else {}
    slots = tuple(slots)
    alone = [slot.name for slot in slots if slot.clues] if only_names(without_values(slots, text)) else []
    return frozenset(asked | set(known) | set(alone))


def is_follow_up(text: str) -> bool:
    """So few words that they lean on what was said before."""
    return len(text.split()) <= _FOLLOW_UP_WORDS


def given_value(slot: Slot, value: str, text: str) -> str | None:
    """`value` normalised, if it has the slot's form and stands in `text`, however it is written there."""
    value = value.strip()
    if not re.fullmatch(slot.pattern, value, re.IGNORECASE):
        return None
    normalised = normalise(slot, value)
    return normalised if normalised in normalise(slot, _written(slot, text)) else None


def find_value(slot: Slot, text: str, *, asked: bool = False) -> str | None:
    """The value of one slot, or None. Of several the first counts, unless the customer corrects it."""
    values = find_values(slot, text, asked=asked)
    return values[0] if values else None


def find_values(slot: Slot, text: str, *, asked: bool = False) -> tuple[str, ...]:
    """Every value of one slot in its order, each once; a corrected one is replaced by its correction."""
    text = _written(slot, text)
    chosen: list[re.Match[str]] = []
    for match in _values(slot, text):
        if _counts(slot, text, match, asked=asked):
            if chosen and _CORRECTED.search(text[chosen[-1].end() : match.start()]):
                chosen.pop()
            chosen.append(match)
    return tuple(dict.fromkeys(normalise(slot, match["value"]) for match in chosen))


def without_values(slots: Iterable[Slot], text: str) -> str:
    """`text` without everything that has the form of a value of these slots."""
    for slot in slots:
        text = _written(slot, text)
        for match in reversed(list(_values(slot, text))):
            text = text[: match.start()] + text[match.end() :]
    return text


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


def _written(slot: Slot, text: str) -> str:
    """`text` with spoken numbers in digits, and a clue told apart from the value it is written to: order1042."""
    if slot.clues:
        text = re.sub(
            rf"({_beginning_with_any(slot.clues).pattern})_?(?=\d)", r"\1 ", text, flags=re.IGNORECASE
        )
    return digits_for_words(text) if slot.number_words else text


def _values(slot: Slot, text: str) -> Iterable[re.Match[str]]:
    """Every stretch that has the form of a value and is not part of a longer word, number or address."""
    for match in re.finditer(rf"(?<![\w+])(?P<value>{slot.pattern})(?!\w)", text, re.IGNORECASE):
        if not _is_part_of_more(text, match):
            yield match


def _is_part_of_more(text: str, match: re.Match[str]) -> bool:
    """Digits that go on beside the value, or an e-mail or web address that it stands in."""
    before, after = _around(text, match)
    value = match["value"]
    if value[0].isdigit() and _DIGITS_BEFORE.search(before):
        return True
    if value[-1].isdigit() and _DIGITS_AFTER.match(after):
        return True
    around = _END_OF_WORD.search(before)[0] + _BEGINNING_OF_WORD.match(after)[0]  # type: ignore[index]
    return "@" in around or "://" in around


def _counts(slot: Slot, text: str, match: re.Match[str], *, asked: bool) -> bool:
    before, after = _around(text, match)
    if _NEGATED.search(before):
        return False
    if slot.not_after and _ends_with_any(slot.not_after).search(before):
        return False
    if slot.not_before and _any_of(slot.not_before).match(after.lstrip(" -")):
        return False
    return asked or _is_certain(slot, match["value"]) or _has_clue(slot, before, after)


def _around(text: str, match: re.Match[str]) -> tuple[str, str]:
    """What stands near a value. What is further away says nothing about it, and would take long to look through."""
    return text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]


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
    """One of the words as a whole, * being any word; of a symbol such as $ the symbol alone."""
    return re.compile("|".join(_whole(word) for word in words), re.IGNORECASE)


@lru_cache
def _ends_with_any(words: tuple[str, ...]) -> re.Pattern[str]:
    """A text whose last word is one of these, small words and the day of a month between left aside."""
    return re.compile(rf"(?:{_any_of(words).pattern}){_FILLER}$", re.IGNORECASE)


def _whole(word: str) -> str:
    left = r"\b" if word[0].isalnum() or word[0] == "*" else ""
    right = r"\b" if word[-1].isalnum() else ""
    return rf"{left}{re.escape(word)}{right}".replace(r"\*", r"\w+")
