"""The customer's language in a terminal."""

import os
import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

import typer

_LOCALE = re.compile(r"([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@].*)?")

Language: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="TAG", help="For example de or pt-BR.", show_default="the terminal's"),
]


def terminal_language(environment: Mapping[str, str] = os.environ) -> str | None:
    """As POSIX finds the language of messages, written as BCP 47; None where there is none."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    found = next((value for name in names if (value := environment.get(name))), "")
    locale = _LOCALE.fullmatch(found)
    return "-".join(filter(None, locale.groups())) if locale else None
