"""How alike a question is to the sections, by its meaning.

A section is compared by what customers say for it (its heading and the questions that it answers) and by the
sentences of its text, each with a vector of its own; what counts is the likest of them, and how near the question is
to the phrasings as a whole.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from threading import Event
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from services.shared.sentences.encoder import Matrix
from services.shared.sentences.kept_arrays import KeptArrays
from services.tools_worker.knowledge.discriminant import Discriminant
from services.tools_worker.knowledge.questions import Questions
from services.tools_worker.knowledge.sections import Article, Section

Likenesses: TypeAlias = npt.NDArray[np.float32]

_BATCH = 64
_MOST_SENTENCES = 24
_SHORTEST_SENTENCE = 12
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, kw_only=True)
class SentenceModel:
    """What makes a row of length 1 a text, and where those of articles are kept from one start to the next.

    Once `stopped` is set, no further ones are made.
    """

    encode: Callable[[Sequence[str]], Matrix]
    kept: KeptArrays
    name: str
    stopped: Event = field(default_factory=Event)

    def vector(self, text: str) -> Matrix:
        vector: Matrix = self.encode([text])[0]
        return vector

    def kept_vectors(self, texts: Sequence[str]) -> Matrix:
        """A row a text; those that were made before are not made again. Raises InterruptedError when stopped."""
        return self.kept.rows(self.name, texts, self._in_batches)

    def _in_batches(self, texts: Sequence[str]) -> Matrix:
        made: list[Matrix] = []
        for start in range(0, len(texts), _BATCH):
            if self.stopped.is_set():
                raise InterruptedError
            made.append(self.encode(texts[start : start + _BATCH]))
        return np.concatenate(made)


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """A question's likeness to each section, by phrasings and by sentences, and to what no section answers.

    `evidence` is the logarithm of how probable each section is by all of its phrasings.
    """

    phrasings: Likenesses
    sentences: Likenesses
    evidence: Likenesses
    unanswered: float


class SectionVectors:
    """The vectors of some articles, of which one has a section at least; they never change."""

    def __init__(self, articles: Sequence[Article], questions: Questions, model: SentenceModel) -> None:
        sections = [section for article in articles for section in article.sections]
        phrasings = [[section.heading_path[-1], *questions.of(section)] for section in sections]
        sentences = [list(_sentences(section)) for section in sections]
        texts = [text for group in (*phrasings, *sentences) for text in group]
        vectors = model.kept_vectors([*texts, *questions.unanswered])
        said, read = sum(map(len, phrasings)), sum(map(len, sentences))
        self._model = model
        self._phrasings = _Likest(phrasings, vectors[:said])
        self._discriminant = Discriminant(np.split(vectors[:said], np.cumsum([*map(len, phrasings)])[:-1]))
        self._sentences = _Likest(sentences, vectors[said : said + read])
        self._unanswered = vectors[said + read :]

    def likeness(self, query: str) -> Likeness:
        vector = self._model.vector(query)
        unanswered = self._unanswered @ vector
        return Likeness(
            phrasings=self._phrasings.of(vector),
            sentences=self._sentences.of(vector),
            evidence=self._discriminant.of(vector),
            unanswered=float(unanswered.max(initial=0)),
        )


class _Likest:
    """The greatest likeness in each of several groups, none of which is empty."""

    def __init__(self, groups: Sequence[Sequence[str]], vectors: Matrix) -> None:
        self._vectors = vectors
        self._starts = np.cumsum([0, *map(len, groups[:-1])])

    def of(self, vector: Matrix) -> Likenesses:
        likest: Likenesses = np.maximum.reduceat(self._vectors @ vector, self._starts)
        return likest


def _sentences(section: Section) -> Iterator[str]:
    """Each with the heading, without which it may be about anything."""
    heading = section.heading_path[-1]
    sentences = (text for text in _SENTENCE_END.split(section.plain) if len(text) >= _SHORTEST_SENTENCE)
    yield from (f"{heading}: {text}" for text in islice(sentences, _MOST_SENTENCES - 1))
    yield heading
