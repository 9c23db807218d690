"""How much a sentence sounds like a false promise, learnt from sentences of both kinds. Pure.

Least squares over hashed words, runs of words, pairs of words that stand near each other and pieces of words, solved
by conjugate gradients on the normal equations (Hestenes and Stiefel 1952). A feature counts the more the rarer it is,
and the more it is found on one side alone (after the log-count ratios of Wang and Manning 2012). What is learnt is
one number a feature: a sentence costs a quarter of a millisecond, whatever the number of examples.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeAlias

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
_BLOCK = 8192
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
    rows = [_places(example.text, example.evidence) for example in examples]
    lengths = np.array([len(row) for row in rows])
    places = np.concatenate(rows)
    del rows
    false = np.array([example.false for example in examples])
    importance = _importance(places, np.repeat(false, lengths), len(lengths))
    sides = np.where(false, 1.0, -1.0).astype(np.float32)
    return np.stack([importance, _solve(_Design(places, lengths, importance), sides - np.float32(_UNKNOWN))])


def _importance(places: _Places, false: npt.NDArray[np.bool_], examples: int) -> Matrix:
    counts = np.bincount(places, minlength=_FEATURES)
    false_counts = np.bincount(places[false], minlength=_FEATURES)
    rarity = np.log((1 + examples) / (1 + counts)) + 1
    shares = [(1 + side) / (1 + side).sum() for side in (false_counts, counts - false_counts)]
    one_sidedness = np.abs(np.log(shares[0] / shares[1])) + 1
    importance: Matrix = (rarity * one_sidedness).astype(np.float32)
    return importance


class _Design:
    """A sparse matrix with a row of length 1 an example, of which only products are ever needed.

    They are made block by block: what is needed in between takes more memory than the matrix.
    """

    def __init__(self, places: _Places, lengths: _Places, importance: Matrix) -> None:
        self._places = places
        self._lengths = lengths
        self._starts = np.cumsum(lengths) - lengths
        self._values: Matrix = importance[places]
        for rows, cells in self._blocks():
            squares = np.add.reduceat(np.square(self._values[cells]), self._starts[rows] - cells.start)
            self._values[cells] /= np.repeat(np.sqrt(squares + np.float32(_SHORT)), lengths[rows])

    def times(self, weights: Matrix) -> Matrix:
        """A number a row."""
        products = (
            np.add.reduceat(
                self._values[cells] * weights[self._places[cells]], self._starts[rows] - cells.start
            )
            for rows, cells in self._blocks()
        )
        return np.concatenate(list(products))

    def transposed_times(self, numbers: Matrix) -> Matrix:
        """A number a feature."""
        sums = np.zeros(_FEATURES)
        for rows, cells in self._blocks():
            spread = self._values[cells] * np.repeat(numbers[rows], self._lengths[rows])
            sums += np.bincount(self._places[cells], spread, _FEATURES)
        return sums.astype(np.float32)

    def _blocks(self) -> Iterator[tuple[slice, slice]]:
        """The rows of each block, and where their cells stand."""
        for start in range(0, len(self._lengths), _BLOCK):
            rows = slice(start, min(start + _BLOCK, len(self._lengths)))
            last = rows.stop - 1
            yield rows, slice(int(self._starts[start]), int(self._starts[last] + self._lengths[last]))


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
