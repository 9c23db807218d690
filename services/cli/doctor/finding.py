"""What a check says."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`mend` says what to do about anything but ok."""

    state: State
    subject: str
    text: str
    mend: str = ""


def ok(subject: str, text: str) -> Finding:
    return Finding(state="ok", subject=subject, text=text)


def warn(subject: str, text: str, mend: str) -> Finding:
    return Finding(state="warn", subject=subject, text=text, mend=mend)


def fail(subject: str, text: str, mend: str) -> Finding:
    return Finding(state="fail", subject=subject, text=text, mend=mend)
