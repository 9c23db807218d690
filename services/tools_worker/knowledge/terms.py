"""From text to the terms that the search counts: stemmed words without those that say nothing."""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from services.tools_worker.knowledge.english import BASE_FORMS, QUESTION_WORDS
from services.tools_worker.knowledge.stop_words import stop_words

# `e-mail` and `t-shirt` are one word, and so is `how much`; `two-year` is two.
_WORD = re.compile(r"\b(?i:how\s+much)\b|\b[^\W\d_]-[^\W\d_]+|[^\W_]+(?:['’][^\W_]+)*")
_REMEMBERED_WORDS = 100_000
_POSSESSIVE = re.compile(r"'s?$")


@dataclass(frozen=True)
class Term:
    """A term with the place of its word in the text."""

    text: str
    start: int
    end: int


class Terms:
    """The terms of one language. Raises KeyError for a language that there is no stemmer for."""

    def __init__(self, language: str) -> None:
        self._stemmer = Stemmer.Stemmer(language)
        self._stop_words = stop_words(language)
        self._base_forms = BASE_FORMS if language == "english" else {}
        self._question_words = QUESTION_WORDS if language == "english" else frozenset()
        self._term = lru_cache(_REMEMBERED_WORDS)(self._term_of_word)

    def of(self, text: str) -> list[str]:
        """The terms of a text, in their order."""
        return [term for match in _WORD.finditer(text) if (term := self._term(match.group()))]

    def is_topic(self, term: str) -> bool:
        """Whether a term says what a question is about; the others only help to rank."""
        return term not in self._question_words and not term.isdecimal()

    def places(self, text: str, wanted: Container[str]) -> Iterator[Term]:
        """Where a text has one of the wanted terms, in their order."""
        for match in _WORD.finditer(text):
            term = self._term(match.group())
            if term in wanted:
                yield Term(term, match.start(), match.end())

    def _term_of_word(self, written: str) -> str:
        """Empty for a word that says nothing."""
        spelled = unicodedata.normalize("NFKC", written).casefold().replace("’", "'").replace("-", "")
        word = " ".join(spelled.split())
        if word in self._stop_words:
            return ""
        base = _POSSESSIVE.sub("", word)
        return str(self._stemmer.stemWord(self._base_forms.get(base, base)))


def languages() -> list[str]:
    """The languages that there is a stemmer for."""
    return sorted(Stemmer.algorithms())
