"""Numbers as people say them, written in digits."""

import re

_DIGITS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    )
} | {"oh": 0, "nought": 0}
_TEENS = {
    word: number
    for number, word in enumerate(
        (
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ),
        start=10,
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1000}
_REPEATS = {"double": 2, "triple": 3}
_WORDS = {**_DIGITS, **_TEENS, **_TENS, **_SCALES, **_REPEATS, "and": None}
_WORD = "|".join(_WORDS) + r"|\d"
_RUN = re.compile(rf"\b(?:{_WORD})(?:(?:\s*-\s*|\s*,\s*|\s+)(?:{_WORD}))+\b", re.IGNORECASE)


def digits_for_words(text: str) -> str:
    """`text` with each spoken number of at least two words in digits.

    "one oh four three", "ten forty-three", "one thousand and forty-three" and "1 0 4 3" all become 1043.
    """
    return _RUN.sub(lambda run: _digits(run[0]), text)


def _digits(run: str) -> str:
    words = re.findall(r"[a-z]+|\d", run.lower())
    if not any(word in _DIGITS or word in _TEENS or word in _TENS or word.isdigit() for word in words):
        return run
    lead, words, tail = _trim(words)
    number = str(_amount(words)) if any(word in _SCALES for word in words) else _spelled(words)
    return f"{lead}{number}{tail}"


def _trim(words: list[str]) -> tuple[str, list[str], str]:
    """An "and" at either end joins sentences, not digits."""
    lead = tail = ""
    if words[0] == "and":
        lead, words = "and ", words[1:]
    if words[-1] == "and":
        words, tail = words[:-1], " and"
    return lead, words, tail


def _amount(words: list[str]) -> int:
    """One thousand and forty-three; twenty-one hundred."""
    total = current = 0
    for word in words:
        if word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word == "thousand":
                total, current = total + current, 0
        elif word != "and" and word not in _REPEATS:
            current += _value(word)
    return total + current


def _spelled(words: list[str]) -> str:
    """Digit by digit or in groups: ten forty-three, double oh four two."""
    out = ""
    times = 1
    previous = ""
    for word in words:
        if word in _REPEATS:
            times = _REPEATS[word]
            continue
        if word == "and":
            out += " and "
        elif previous in _TENS and word in _DIGITS and _DIGITS[word] > 0:
            out = out[:-1] + str(_DIGITS[word])
        else:
            out += str(_value(word)) * times
        times = 1
        previous = word
    return out


def _value(word: str) -> int:
    return int(word) if word.isdigit() else (_DIGITS | _TEENS | _TENS)[word]
