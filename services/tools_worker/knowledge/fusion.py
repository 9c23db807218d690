"""Which sections answer a question, by words and by meaning together.

A section's score is how probable it is that it, and no other, answers the question: by its score by words, the
likenesses of the likest phrasing and of the likest sentence, its phrasings as a whole, and how much of the question
it speaks of. The best section answers when it is more like the question than what is known to have no answer, and
speaks of enough of it. Of a word or two ("warranty") the words tell most, so there the likenesses count least; they
count more the longer a question is, and with it the less certain to share its words with anything.

`python -m bench.article_weights` fits the weights to the questions of the demo shop's articles, each searched as if
nobody had asked it before: docs/decisions/0007.
"""

import math
import re

import numpy as np

from services.shared.sentences.encoder import Matrix
from services.tools_worker.knowledge.search import Found, Scores, SectionIndex
from services.tools_worker.knowledge.vectors import Likeness, SectionVectors

# Of the score by words, of the likest phrasing, of the likest sentence, of all phrasings, of the share.
RANKING = (1.062, 4.58, 3.277, 0.068, 3.666)
# Of the section's likeness, of that to what is not answered (by meaning, by words), of the share; and, by the length
# of the question, of the lead of the first likeness over the second, and of all phrasings.
ANSWERING = (1.515, -2.694, -1.506, 3.665, 3.936, 0.011)
ENOUGH = 1.984
WORTH_SHOWING = 0.15

_WORD = re.compile(r"\w+")


class FusedIndex:
    """The sections of some articles, ready to be searched; it never changes."""

    def __init__(self, by_words: SectionIndex, by_meaning: SectionVectors) -> None:
        self._by_words = by_words
        self._by_meaning = by_meaning

    def search(self, query: str, top_k: int) -> list[Found]:
        """The `top_k` best sections for a question; none when the best of them does not answer it.

        Sections far less probable than the best are left out: they would only distract.
        """
        if not _WORD.search(query):
            return []
        likeness = self._by_meaning.likeness(query)
        ranked = self._by_words.best(self._scores(query, likeness), top_k)
        if (
            not ranked
            or np.dot(ANSWERING, self.answering_reasons(query, ranked[0].number, likeness)) < ENOUGH
        ):
            return []
        return [found for found in ranked if found.score >= WORTH_SHOWING * ranked[0].score]

    def rank(self, query: str, top_k: int) -> list[Found]:
        """The `top_k` sections that are nearest to a query, whether they answer it or not."""
        return self._by_words.best(self._scores(query, self._by_meaning.likeness(query)), top_k)

    def ranking_reasons(self, query: str, likeness: Likeness) -> Matrix:
        """What speaks for each section, a column a section."""
        words = np.log1p(self._by_words.scores(query))
        shares = self._by_words.shares(query)
        return np.stack([words, likeness.phrasings, likeness.sentences, likeness.evidence, shares])

    def answering_reasons(self, query: str, number: int, likeness: Likeness) -> tuple[float, ...]:
        """What speaks for it that a section answers a question, and what against it."""
        likest = float(max(likeness.phrasings[number], likeness.sentences[number]))
        length = math.log(len(query.split()))
        return (
            likest,
            likeness.unanswered,
            self._by_words.unanswered(query),
            float(self._by_words.shares(query)[number]),
            length * (likest - likeness.unanswered),
            length * float(likeness.evidence[number]),
        )

    def _scores(self, query: str, likeness: Likeness) -> Scores:
        """From 0 to 1, together 1."""
        logarithms = np.dot(RANKING, self.ranking_reasons(query, likeness))
        powers = np.exp(logarithms - logarithms.max())
        scores: Scores = powers / powers.sum()
        return scores
