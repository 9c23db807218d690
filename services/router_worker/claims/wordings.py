"""How each language claims that something was done for the customer: one YAML file a language."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import yaml

from services.shared.events import Claim

_DIRECTORY = Path(__file__).with_name("wordings")
Form: TypeAlias = Literal["own_done", "own", "stated", "promised"]
_ACTS = ("do", "doing", "done", "thing")
FORMS: tuple[Form, ...] = ("own_done", "own", "stated", "promised")


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One language. `patterns` holds, for each kind of claim, how it is worded in each form."""

    patterns: tuple[tuple[Claim, Form, re.Pattern[str]], ...]
    stems: re.Pattern[str]
    neutral: re.Pattern[str]
    condition: re.Pattern[str]
    no_condition: re.Pattern[str]
    governed: re.Pattern[str]
    offer: re.Pattern[str]
    question: re.Pattern[str]

    @classmethod
    def read(cls, path: Path) -> Self:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        words: dict[str, str] = {}
        for name, template in data["words"].items():
            words[name] = template.format(**words)
        conditions = rf"\b(?:{data['conditions'].format(**words)})\b"
        negations = rf"\b(?:{data['negations'].format(**words)})\b"
        return cls(
            patterns=tuple(_patterns(data, words)),
            stems=re.compile("|".join(f"(?:{stem})" for stem in _stems(data, words))),
            neutral=re.compile(data["neutral"].format(**words)),
            condition=re.compile(conditions),
            no_condition=re.compile(rf"\b(?:{data['not_conditions'].format(**words)})"),
            governed=re.compile(rf"(?:{conditions}|{negations}) (?:[\w'#-]+ ){{0,7}}$"),
            offer=re.compile(rf"\b(?:{data['offers'].format(**words)})"),
            question=re.compile(data["questions"].format(**words)),
        )


def _patterns(data: dict[str, Any], words: dict[str, str]) -> list[tuple[Claim, Form, re.Pattern[str]]]:
    found: list[tuple[Claim, Form, re.Pattern[str]]] = []
    for kind, own_words in data["kinds"].items():
        lexicon = words | {
            name: text.format(**words) for name, text in own_words.items() if isinstance(text, str)
        }
        for form in FORMS:
            templates = [*data.get(form, ()), *own_words.get(form, ())]
            pattern = "|".join(f"(?:{template.format(**lexicon)})" for template in templates)
            found.append((kind, form, re.compile(pattern)))
    return found


def _stems(data: dict[str, Any], words: dict[str, str]) -> list[str]:
    """Of these words every claim has one."""
    acts = (kind[name] for kind in data["kinds"].values() for name in _ACTS if name in kind)
    return [words[name] for name in ("people", "state", "processed") if name in words] + [
        rf"\b(?:{act.format(**words)})" for act in acts
    ]


def may_begin_a_claim(text: str) -> bool:
    """Whether the words have to wait for the end of their sentence."""
    return any(wording.stems.search(text) for wording in wordings())


@lru_cache
def wordings() -> tuple[Wording, ...]:
    """Every language there is a file for."""
    return tuple(Wording.read(path) for path in sorted(_DIRECTORY.glob("*.yaml")))
