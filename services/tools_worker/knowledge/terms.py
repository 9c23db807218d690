"""From text to the terms that the search counts: stemmed words without those that say nothing."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import Stemmer

from services.tools_worker.knowledge.english import BASE_FORMS, QUESTION_WORDS
from services.tools_worker.knowledge.stop_words import stop_words

# `e-mail` and `t-shirt` are one word, `two-year` is two.
_WORD = re.compile(r"\b[^\W\d_]-[^\W\d_]+|[^\W_]+(?:['’][^\W_]+)*")
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

    def of(self, text: str) -> list[str]:
        """The terms of a text, in their order."""
        return [term.text for term in self.places(text)]

    def is_topic(self, term: str) -> bool:
        """Whether a term says what a question is about; the others only help to rank."""
        return term not in self._question_words

    def places(self, text: str) -> Iterator[Term]:
        """The terms of a text with their places, in their order."""
        for match in _WORD.finditer(text):
            word = unicodedata.normalize("NFKC", match.group()).casefold().replace("’", "'").replace("-", "")
            if word not in self._stop_words:
                base = _POSSESSIVE.sub("", word)
                term = self._stemmer.stemWord(self._base_forms.get(base, base))
                yield Term(term, match.start(), match.end())


def languages() -> list[str]:
    """The languages that there is a stemmer for."""
    return sorted(Stemmer.algorithms())
