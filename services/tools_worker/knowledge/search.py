"""Which sections answer a question, best first, or none.

Ranking is BM25 over the sections plus, with less weight, BM25 over the whole articles: a section of the article
that is about the question goes before a section elsewhere that happens to have its words.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import bm25s
import numpy as np

from services.tools_worker.knowledge.sections import Article, Section
from services.tools_worker.knowledge.terms import Terms

MOST_QUERY_TERMS = 32
TITLE_WEIGHT = 2
HEADING_WEIGHT = 2
ARTICLE_SHARE = 0.5

KNOWN_FROM = 0.5

Scores: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A section that was found. `coverage` is how much of what was asked it speaks of, from 0 to 1."""

    section: Section
    score: float
    coverage: float


class SectionIndex:
    """The sections of some articles, ready to be searched; it never changes."""

    def __init__(self, articles: Sequence[Article], terms: Terms) -> None:
        self._terms = terms
        self._sections = [section for article in articles for section in article.sections]
        self._article_of = np.array(
            [number for number, article in enumerate(articles) for _ in article.sections], dtype=np.int64
        )
        bags = [self._bag(article, section) for article in articles for section in article.sections]
        self._vocabularies = [frozenset(bag) for bag in bags]
        self._frequency = Counter(term for vocabulary in self._vocabularies for term in vocabulary)
        self._by_section = _index(bags)
        self._by_article = _index([self._article_bag(article) for article in articles])

    def search(self, query: str, top_k: int) -> list[Found]:
        """The `top_k` best sections for a question; none when the best of them does not answer it."""
        asked = self._query_terms(query)
        if not asked or not self._sections:
            return []
        scores = self._scores([term for term in asked if term in self._frequency])
        best = np.argsort(-scores, kind="stable")[:top_k]
        found = [
            self._found(int(number), float(scores[number]), asked) for number in best if scores[number] > 0
        ]
        return found if found and found[0].coverage >= KNOWN_FROM else []

    def _scores(self, terms: list[str]) -> Scores:
        if not terms or self._by_section is None or self._by_article is None:
            return np.zeros(len(self._sections), dtype=np.float32)
        of_articles: Scores = self._by_article.get_scores(terms)
        of_sections: Scores = self._by_section.get_scores(terms)
        return of_sections + ARTICLE_SHARE * of_articles[self._article_of]

    def _found(self, number: int, score: float, asked: Sequence[str]) -> Found:
        vocabulary = self._vocabularies[number]
        weights = {term: self._rarity(term) for term in asked}
        covered = sum(weight for term, weight in weights.items() if term in vocabulary)
        return Found(section=self._sections[number], score=score, coverage=covered / sum(weights.values()))

    def _query_terms(self, query: str) -> list[str]:
        """The distinct terms of a query; of a long one the rarest, which say most."""
        asked = dict.fromkeys(self._terms.of(query))
        return sorted(asked, key=self._rarity, reverse=True)[:MOST_QUERY_TERMS]

    def _rarity(self, term: str) -> float:
        frequency = self._frequency[term]
        return math.log1p((len(self._sections) - frequency + 0.5) / (frequency + 0.5))

    def _bag(self, article: Article, section: Section) -> list[str]:
        headings = self._terms.of(" ".join(section.heading_path[1:]))
        title = self._terms.of(f"{section.title} {' '.join(article.keywords)}")
        return TITLE_WEIGHT * title + HEADING_WEIGHT * headings + self._terms.of(section.plain)

    def _article_bag(self, article: Article) -> list[str]:
        texts = [" ".join((*section.heading_path[1:], section.plain)) for section in article.sections]
        title = self._terms.of(f"{article.title} {' '.join(article.keywords)}")
        return TITLE_WEIGHT * title + self._terms.of("\n".join(texts))


def _index(bags: list[list[str]]) -> bm25s.BM25 | None:
    """BM25 over bags of terms; None when there is nothing to search."""
    if not any(bags):
        return None
    index = bm25s.BM25(k1=1.2, b=0.75)
    index.index(bags, show_progress=False)
    return index
