"""Which sections answer a question, by words and by meaning together.

A section's score is its score by words times a power of its likeness by meaning, weighted so that the right one is
most probable. The best one answers when it is more like the question than what no section answers, and speaks of
enough of it by words. A short question has to be met better than a long one, of which much is story. The weights are
fitted to `tests/gold/knowledge.jsonl` and `knowledge_second.jsonl`: docs/decisions/0007.
"""

import math
import re

import numpy as np

from services.tools_worker.knowledge.search import Found, Scores, SectionIndex
from services.tools_worker.knowledge.vectors import Likeness, SectionVectors

PHRASINGS_WEIGHT = 4.1
SENTENCES_WEIGHT = 1.1
WORTH_SHOWING = 0.4

_SHARE_WEIGHT = 0.41
_LENGTH_WEIGHT = 0.15
_LEAST_UNLIKE = 0.35
_ENOUGH = 0.63
_WORD = re.compile(r"\w+")


class FusedIndex:
    """The sections of some articles, ready to be searched; it never changes."""

    def __init__(self, by_words: SectionIndex, by_meaning: SectionVectors) -> None:
        self._by_words = by_words
        self._by_meaning = by_meaning

    def search(self, query: str, top_k: int) -> list[Found]:
        """The `top_k` best sections for a question; none when the best of them does not answer it.

        Sections with less than two fifths of the score of the best are left out: they would only distract.
        """
        if not _WORD.search(query):
            return []
        likeness = self._by_meaning.likeness(query)
        ranked = self._by_words.best(self._scores(query, likeness), top_k)
        if not ranked or self._evidence(query, ranked[0].number, likeness) < _ENOUGH:
            return []
        return [found for found in ranked if found.score >= WORTH_SHOWING * ranked[0].score]

    def rank(self, query: str, top_k: int) -> list[Found]:
        """The `top_k` sections that are nearest to a query, whether they answer it or not."""
        return self._by_words.best(self._scores(query, self._by_meaning.likeness(query)), top_k)

    def _scores(self, query: str, likeness: Likeness) -> Scores:
        by_meaning = PHRASINGS_WEIGHT * likeness.phrasings + SENTENCES_WEIGHT * likeness.sentences
        scores: Scores = (1 + self._by_words.scores(query)) * np.exp(by_meaning)
        return scores

    def _evidence(self, query: str, number: int, likeness: Likeness) -> float:
        like = max(likeness.phrasings[number], likeness.sentences[number])
        lead = float(like) - max(likeness.unanswered, _LEAST_UNLIKE)
        words = len(query.split())
        return lead + _SHARE_WEIGHT * self._by_words.share(number, query) + _LENGTH_WEIGHT * math.log(words)
