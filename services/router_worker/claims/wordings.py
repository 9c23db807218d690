"""How each language claims that something was done for the customer: one YAML file a language."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import yaml

from services.shared.events import Claim

_DIRECTORY = Path(__file__).with_name("wordings")
Form: TypeAlias = Literal["own_done", "own", "stated", "promised"]
_STEMS = ("people", "state", "processed")
_ACTS = ("do", "doing", "done", "did", "now", "thing")
FORMS: tuple[Form, ...] = ("own_done", "own", "stated", "promised")


@dataclass(frozen=True)
class Phrases:
    """How something is claimed in one form, with one of the words in `acts` if there are any.

    They are compiled when a sentence first needs them: all of them at once would hold up a worker's start.
    """

    claim: Claim | None
    form: Form
    source: str
    acts: re.Pattern[str] | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.source)

    def found_in(self, text: str) -> Iterator[re.Match[str]]:
        return self.pattern.finditer(text) if self.acts is None or self.acts.search(text) else iter(())


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One language. Nearly every claim has one of the `stems`.

    `about` tells which claim it is that words make whose verb says nothing about it; `facts` are what an order that
    was found may be said to be.
    """

    phrases: tuple[Phrases, ...]
    about: Mapping[Claim, re.Pattern[str]]
    facts: re.Pattern[str] | None
    stems: tuple[re.Pattern[str], ...]
    neutral: re.Pattern[str]
    condition: re.Pattern[str]
    no_condition: re.Pattern[str]
    governed: re.Pattern[str]
    offer: re.Pattern[str]
    question: re.Pattern[str]

    @classmethod
    def read(cls, path: Path) -> Self:
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        words = _filled(data["words"], {})
        conditions = rf"\b(?:{data['conditions'].format(**words)})\b"
        negations = rf"\b(?:{data['negations'].format(**words)})\b"
        anything = data.get("anything", {})
        phrases = tuple(_phrases(data, words))
        return cls(
            phrases=phrases,
            about={
                claim: re.compile(text.format(**words)) for claim, text in anything.get("about", {}).items()
            },
            facts=re.compile(anything["facts"].format(**words)) if "facts" in anything else None,
            stems=(
                re.compile("|".join(words[name] for name in _STEMS if name in words)),
                *dict.fromkeys(each.acts for each in phrases if each.acts),
            ),
            neutral=re.compile(data["neutral"].format(**words)),
            condition=re.compile(conditions),
            no_condition=re.compile(rf"\b(?:{data['not_conditions'].format(**words)})"),
            governed=re.compile(rf"(?:{conditions}|{negations}) (?:[\w'#-]+ ){{0,7}}$"),
            offer=re.compile(rf"\b(?:{data['offers'].format(**words)})"),
            question=re.compile(data["questions"].format(**words)),
        )


def _filled(templates: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    words = dict(known)
    for name, template in templates.items():
        words[name] = template.format(**words)
    return words


def _phrases(data: dict[str, Any], words: dict[str, str]) -> Iterator[Phrases]:
    for kind, own in data["kinds"].items():
        lexicon = words | {name: text.format(**words) for name, text in own.items() if isinstance(text, str)}
        acts = re.compile("|".join(rf"\b(?:{lexicon[name]})" for name in _ACTS if name in own))
        yield from _formed(data, lexicon, kind, acts)
        yield from _formed(own, lexicon, kind)
    if anything := data.get("anything"):
        yield from _formed(anything, _filled(anything["words"], words), None)


def _formed(
    source: Mapping[str, Any],
    words: Mapping[str, str],
    claim: Claim | None,
    acts: re.Pattern[str] | None = None,
) -> Iterator[Phrases]:
    for form in FORMS:
        if templates := source.get(form):
            pattern = "|".join(f"(?:{template.format(**words)})" for template in templates)
            yield Phrases(claim, form, pattern, acts)


def may_begin_a_claim(text: str) -> bool:
    """Whether the words have to wait for the end of their sentence."""
    return any(stem.search(text) for wording in wordings() for stem in wording.stems)


@lru_cache
def wordings() -> tuple[Wording, ...]:
    """Every language there is a file for."""
    return tuple(Wording.read(path) for path in sorted(_DIRECTORY.glob("*.yaml")))
