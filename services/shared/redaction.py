"""Takes secrets and personal data out of text that leaves the system: logs, exports, the operator's pages."""

import re
from collections.abc import Callable, Mapping
from typing import Any

WITHHELD = "[withheld]"

# Fields whose value is never shown, whatever it looks like: what customers write, and what opens doors.
_WITHHELD_FIELD = re.compile(
    r"(^|_)(text|texts|delta|payload|entry|body|arguments|token|password|secret|authorization|cookie"
    r"|api_key|email|phone|address)$",
    re.IGNORECASE,
)


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _is_iban(compact: str) -> bool:
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1


def _card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    return "[card]" if 13 <= len(digits) <= 19 and _luhn(digits) else match[0]


def _iban(match: re.Match[str]) -> str:
    compact = re.sub(r"\s", "", match[0]).upper()
    return "[iban]" if 15 <= len(compact) <= 34 and _is_iban(compact) else match[0]


def _phone(match: re.Match[str]) -> str:
    return "[phone]" if 8 <= len(re.sub(r"\D", "", match[0])) <= 15 else match[0]


# Neither inside a word nor inside an id: UUIDs, stream entry ids and cursors join digits by hyphens.
_START, _END = r"(?<![\w+.-])", r"(?![\w-])"

# A search starts at the edge of what it repeats, or repeats it a bounded number of times: no text is slow.
_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b(bearer|basic)\s{1,4}[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 [secret]"),
    (re.compile(r"\b(sk|pk|rk|ghp|xox[abp])[-_][\w-]{12,}"), "[secret]"),
    (re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), "[secret]"),
    (re.compile(r"(?<=://)[^\s/@:]{0,200}:[^\s/@]{0,200}(?=@)"), "[secret]"),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[email]"),
    (re.compile(_START + r"[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?" + _END), _iban),
    (re.compile(_START + r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}" + _END, re.IGNORECASE), _iban),
    (re.compile(_START + r"[2-6]\d{12,18}" + _END), _card),
    (re.compile(_START + r"[2-6]\d{3}(?:[ -]\d{4}){2}[ -]\d{1,7}" + _END), _card),
    (re.compile(_START + r"3\d{3}[ -]\d{6}[ -]\d{5}" + _END), _card),
    (re.compile(r"(?<![\w.-])(?:\+|00)\d[\d ()./-]{6,18}\d" + _END), _phone),
    (re.compile(_START + r"0\d[\d /-]{6,14}\d" + _END), _phone),
    (re.compile(_START + r"(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}" + _END), "[phone]"),
)


def redact_text(text: str) -> str:
    """The text with secrets, e-mail, phone, card and bank numbers replaced by their kind in brackets."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: Any) -> Any:
    """A JSON-like value with every text redacted and every field withheld that is never shown."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {key: redact_field(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(str(value))


def redact_field(name: str, value: Any) -> Any:
    """One named value, redacted; withheld whole when its name says that it is private."""
    return WITHHELD if _WITHHELD_FIELD.search(name) and value is not None else redact(value)
