"""How much a sentence sounds like a false promise, learnt from sentences of both kinds. Pure.

Least squares over hashed words, runs of words, pairs of words that stand near each other and pieces of words, solved
by conjugate gradients on the normal equations (Hestenes and Stiefel 1952). A feature counts the more the rarer it is,
and the more it is found on one side alone (after the log-count ratios of Wang and Manning 2012). What is learnt is
one number a feature: a sentence costs a quarter of a millisecond, whatever the number of examples.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.examples import Example
from services.shared.sentences.encoder import Matrix

_FEATURES = 2**21
_SMOOTHING = 0.3
# What nothing is known of may rather be said.
_UNKNOWN = -0.4
# A few words tell less than many.
_SHORT = 3000.0
_STEPS = 40
_BLOCK = 4096
_TOKEN = re.compile(r"\w+|[?,:]")
_DIGIT = re.compile(r"\d+")
_RUNS = (1, 2, 3)
_NEAR = 5
_PIECES = (2, 3, 4)

_Places: TypeAlias = npt.NDArray[np.integer]


class LearntPromises:
    """Scores by what `learn` learnt."""

    def __init__(self, learnt: Matrix) -> None:
        self._importance, self._weights = learnt

    def score(self, text: str, evidence: Evidence) -> float:
        """Of a plain text: about 1 for a false promise, about -1 for what may be said."""
        places = _places(text, evidence)
        values = self._importance[places]
        return _UNKNOWN + float(values @ self._weights[places] / np.sqrt(values @ values + _SHORT))


def learn(examples: Sequence[Example]) -> Matrix:
    """Two rows: how important each feature is, and what it says."""
    blocks = [_Block.of(examples[start : start + _BLOCK]) for start in range(0, len(examples), _BLOCK)]
    importance = _importance(blocks)
    sides = np.concatenate([np.where(block.false, 1.0, -1.0) for block in blocks]).astype(np.float32)
    return np.stack([importance, _solve(_Design(blocks, importance), sides - np.float32(_UNKNOWN))])


@dataclass(frozen=True)
class _Block:
    """Some examples: where the features of all stand, one example after the other, and how many each has.

    Block by block, because what is needed on the way takes several times the memory of the features.
    """

    places: _Places
    lengths: _Places
    false: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Self:
        rows = [_places(example.text, example.evidence) for example in examples]
        lengths = np.array([len(row) for row in rows])
        return cls(np.concatenate(rows), lengths, np.array([example.false for example in examples]))

    def counts(self, weights: Matrix) -> Matrix:
        """By feature, the sum of the weights of the examples that have it."""
        return np.bincount(self.places, np.repeat(weights, self.lengths), _FEATURES).astype(np.float32)

    def sums(self, weights: Matrix) -> Matrix:
        """By example, the sum of the weights of its features."""
        starts = np.cumsum(self.lengths) - self.lengths
        return np.add.reduceat(weights[self.places], starts)


def _importance(blocks: Sequence[_Block]) -> Matrix:
    false, true = np.zeros((2, _FEATURES), dtype=np.float32)
    for block in blocks:
        false += block.counts(block.false.astype(np.float32))
        true += block.counts((~block.false).astype(np.float32))
    examples = sum(len(block.lengths) for block in blocks)
    rarity = np.log((1 + examples) / (1 + false + true)) + 1
    shares = [(1 + side) / (1 + side).sum() for side in (false, true)]
    one_sidedness = np.abs(np.log(shares[0] / shares[1])) + 1
    importance: Matrix = rarity * one_sidedness
    return importance


class _Design:
    """A sparse matrix with a row of length 1 an example, of which only products are ever needed."""

    def __init__(self, blocks: Sequence[_Block], importance: Matrix) -> None:
        self._blocks = blocks
        self._importance = importance
        squares = np.square(importance)
        self._scales = [1 / np.sqrt(block.sums(squares) + np.float32(_SHORT)) for block in blocks]
        self._ends = np.cumsum([len(block.lengths) for block in blocks])[:-1]

    def times(self, weights: Matrix) -> Matrix:
        """A number a row."""
        weights = self._importance * weights
        products = (
            block.sums(weights) * scale for block, scale in zip(self._blocks, self._scales, strict=True)
        )
        return np.concatenate(list(products))

    def transposed_times(self, numbers: Matrix) -> Matrix:
        """A number a feature."""
        parts = zip(self._blocks, self._scales, np.split(numbers, self._ends), strict=True)
        sums = np.zeros_like(self._importance)
        for block, scale, part in parts:
            sums += block.counts(scale * part)
        return self._importance * sums


def _solve(design: _Design, sides: Matrix) -> Matrix:
    """The weights for which the squared errors and the smoothed squares of the weights are least."""
    residual: Matrix = design.transposed_times(sides)
    weights: Matrix = np.zeros_like(residual)
    direction: Matrix = residual.copy()
    size = float(residual @ residual)
    for _ in range(_STEPS):
        curved = design.transposed_times(design.times(direction)) + np.float32(_SMOOTHING) * direction
        step = np.float32(size / float(direction @ curved))
        weights += step * direction
        residual -= step * curved
        before, size = size, float(residual @ residual)
        direction = residual + np.float32(size / before) * direction
    return weights


def _places(text: str, evidence: Evidence) -> _Places:
    """Where the features of a text stand. What is known of an order gives its words another meaning, too."""
    text = _DIGIT.sub("0", text)
    places = _places_of_words(text)
    if evidence.orders:
        facts = {"order", *(claim for facts in evidence.orders.values() for claim in facts)}
        pairs = [run for length in (1, 2) for run in _runs(_TOKEN.findall(text), length)]
        places |= {_place(f"{fact}|{run}") for fact in facts for run in pairs}
    return np.array(list(places), dtype=np.int32)


@lru_cache(maxsize=1)
def _places_of_words(text: str) -> frozenset[int]:
    """Remembered for the next example of the same text."""
    words = _TOKEN.findall(text)
    bounded = ["^", *words, "$"]
    runs = (run for length in _RUNS for run in _runs(bounded, length))
    pieces = (piece for word in words for piece in _pieces(word))
    return frozenset(_place(name) for name in chain(runs, _near(bounded), pieces))


def _place(name: str) -> int:
    return zlib.crc32(name.encode()) % _FEATURES


def _runs(words: Sequence[str], length: int) -> Iterator[str]:
    return (" ".join(words[start : start + length]) for start in range(len(words) - length + 1))


def _near(words: Sequence[str]) -> Iterator[str]:
    return (
        f"{word}>{later}"
        for start, word in enumerate(words)
        for later in words[start + 1 : start + 1 + _NEAR]
    )


def _pieces(word: str) -> Iterator[str]:
    bounded = f"_{word}_"
    return (
        f"~{bounded[start : start + length]}"
        for length in _PIECES
        for start in range(len(bounded) - length + 1)
    )
