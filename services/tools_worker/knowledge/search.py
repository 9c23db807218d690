"""Which sections answer a question, best first, or none.

A section's score is the sum of three BM25 scores: its own, that of its article, which puts a section of the right
article before one elsewhere that happens to have the words, and a third of that of its headings alone, which prefers
the section that is about the question to one that mentions it. Titles and headings count threefold in the text.

The best section answers a question when it speaks of nearly all of it, or of a good part with a good score, each less
a part of the likeness to questions that are known to have no answer. How much it speaks of is the share of the
question's terms that it or its questions have, each weighed by its rarity, so that a word which no article has weighs
most. Scores are taken relative to the rarest possible term, as rarity grows with the number of sections. The limits
are set on `tests/gold/knowledge.jsonl` and `knowledge_second.jsonl`, so that some 95 of 100 questions beyond the demo
shop's articles are declined. Words that no article uses are the limit of this, which `fusion.py` gets over where it
can.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import bm25s
import numpy as np
import numpy.typing as npt

from services.tools_worker.knowledge.questions import Questions
from services.tools_worker.knowledge.sections import Article, Section
from services.tools_worker.knowledge.terms import Terms
from services.tools_worker.knowledge.vocabularies import Shares, Vocabularies

MOST_QUERY_TERMS = 32
TITLE_WEIGHT = 3
HEADING_WEIGHT = 3
WORTH_SHOWING = 0.5
HEADING_SHARE = 0.3
NEARLY_ALL = 0.8
ENOUGH = 0.8
UNLIKE_SHARE = 0.2
UNLIKE_SCORE = 0.7

Scores: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A section that was found; `number` is its place in the index."""

    number: int
    section: Section
    score: float


class SectionIndex:
    """The sections of some articles, ready to be searched; it never changes."""

    def __init__(self, articles: Sequence[Article], terms: Terms, questions: Questions | None = None) -> None:
        questions = questions or Questions()
        self._terms = terms
        self._sections = [section for article in articles for section in article.sections]
        self._article_of = np.array(
            [number for number, article in enumerate(articles) for _ in article.sections], dtype=np.int64
        )
        vocabularies: list[list[str]] = []
        bags: list[list[str]] = []
        article_bags: list[list[str]] = []
        for article in articles:
            sections = [self._section_terms(section) for section in article.sections]
            title = TITLE_WEIGHT * terms.of(article.title)
            keywords = terms.of("\n".join(article.keywords))
            asked = [terms.of("\n".join(questions.of(section))) for section in article.sections]
            bags += [title + section + also for section, also in zip(sections, asked, strict=True)]
            article_bags.append(title + TITLE_WEIGHT * keywords + [term for bag in sections for term in bag])
            vocabularies += [
                [*title, *keywords, *section, *also] for section, also in zip(sections, asked, strict=True)
            ]
        self._vocabularies = Vocabularies(vocabularies)
        self._by_section = _Ranking(bags)
        self._by_article = _Ranking(article_bags)
        self._by_heading = _Ranking([terms.of(_heading(section)) for section in self._sections])
        self._by_unanswered = _Ranking([terms.of(question) for question in questions.unanswered])

    def search(self, query: str, top_k: int) -> list[Found]:
        """The `top_k` best sections for a question; none when the best of them does not answer it.

        Sections with less than half the score of the best are left out: they would only distract.
        """
        ranked = self.rank(query, top_k)
        if not ranked or not self._answers(ranked[0], query):
            return []
        return [found for found in ranked if found.score >= WORTH_SHOWING * ranked[0].score]

    def rank(self, query: str, top_k: int) -> list[Found]:
        """The `top_k` sections that have most of a query, whether they answer it or not."""
        return self.best(self.scores(query), top_k)

    def best(self, scores: Scores, top_k: int) -> list[Found]:
        """The sections of the largest scores above 0, the largest first."""
        return [
            Found(number=int(number), section=self._sections[number], score=float(scores[number]))
            for number in _largest(scores, top_k)
            if scores[number] > 0
        ]

    def scores(self, query: str) -> Scores:
        """What every section has of a query."""
        terms = self._query_terms(query)
        of_articles = self._by_article.scores(terms)[self._article_of]
        return self._by_section.scores(terms) + of_articles + HEADING_SHARE * self._by_heading.scores(terms)

    def unanswered(self, query: str) -> float:
        """How like a query is to a question that has no answer; 0 without a common word."""
        return self._relative(float(self._by_unanswered.scores(self._query_terms(query)).max(initial=0)))

    def shares(self, query: str) -> Shares:
        """How much of a question each section speaks of, from 0 to 1."""
        return self._vocabularies.shares(filter(self._terms.is_topic, self._query_terms(query)))

    def _answers(self, found: Found, query: str) -> bool:
        share, unlike = self.shares(query)[found.number], self.unanswered(query)
        score = self._relative(found.score)
        return bool(
            share - UNLIKE_SHARE * unlike >= NEARLY_ALL or share * score - UNLIKE_SCORE * unlike >= ENOUGH
        )

    def _query_terms(self, query: str) -> list[str]:
        """The distinct terms of a query; of a long one the rarest, which say most."""
        asked = dict.fromkeys(self._terms.of(query))
        return sorted(asked, key=self._vocabularies.rarity, reverse=True)[:MOST_QUERY_TERMS]

    def _relative(self, score: float) -> float:
        return score / math.log1p(len(self._sections))

    def _section_terms(self, section: Section) -> list[str]:
        headings = self._terms.of("\n".join((*section.heading_path[1:], *section.keywords)))
        return HEADING_WEIGHT * headings + self._terms.of(section.plain)


def _largest(scores: Scores, count: int) -> npt.NDArray[np.intp]:
    """The places of the largest scores, the largest first, without sorting the others."""
    if count < len(scores):
        least = np.partition(scores, -count)[-count]
        candidates = np.flatnonzero(scores >= least)
    else:
        candidates = np.arange(len(scores))
    return candidates[np.argsort(-scores[candidates], kind="stable")][:count]


def _heading(section: Section) -> str:
    """The headings above a section; of the text below the title, the title."""
    return "\n".join(section.heading_path[1:] or section.heading_path)


class _Ranking:
    """BM25 over bags of terms."""

    def __init__(self, bags: Sequence[list[str]]) -> None:
        self._size = len(bags)
        self._index: bm25s.BM25 | None = None
        if any(bags):
            self._index = bm25s.BM25(k1=1.2, b=0.5)
            self._index.index([bag or [""] for bag in bags], show_progress=False)

    def scores(self, terms: Sequence[str]) -> Scores:
        """The score of every bag; terms that none of them has count for nothing."""
        known = [term for term in terms if self._index and term in self._index.vocab_dict]
        if not known or self._index is None:
            return np.zeros(self._size, dtype=np.float32)
        scores: Scores = self._index.get_scores(known)
        return scores
