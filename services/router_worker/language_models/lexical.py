"""Texts as vectors of their words' stems, pairs of stems and pieces of words."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import Stemmer

from services.shared.sentences.encoder import Matrix

# Names that say what kind of value stood there: the value itself says nothing about the intent.
_LINK_OR_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
_NUMBER = re.compile(r"#?\b\w*\d[\w.,:/-]*")
_WORD = re.compile(r"[a-z']+|#")

_STEM_WEIGHT = 1.0
_PAIR_WEIGHT = 0.7
_PIECE_WEIGHT = 0.35
_PIECE_LENGTHS = (3, 4)


class LexicalExamples:
    """Example texts by what stands in them. Words that none of them has still lengthen another text's vector.

    So a text whose words are mostly unknown is far from every example, whatever few it shares with them.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._stem = Stemmer.Stemmer("english").stemWord
        self._texts = texts
        counts = Counter(feature for text in texts for feature in set(self._features(text)))
        self._numbers = {feature: number for number, feature in enumerate(counts)}
        self._rarity = [self._rarity_of(feature, count) for feature, count in counts.items()]
        self._bounds = [0, *accumulate(counts.values())]
        self._examples, self._weights = self._index()

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an example, from 0 to 1."""
        matrix = np.zeros((len(texts), len(self._texts)), dtype=np.float32)
        for row, text in zip(matrix, texts, strict=True):
            for number, weight in self._weighed(text):
                places = slice(self._bounds[number], self._bounds[number + 1])
                row[self._examples[places]] += np.float32(weight) * self._weights[places]
        return matrix

    def among_themselves(self, rows: slice) -> Matrix:
        """One row for each of these examples, one column an example."""
        return self.likeness(self._texts[rows])

    def _index(self) -> tuple[npt.NDArray[np.intp], Matrix]:
        """The examples that have the first feature, then those that have the second, …; and its weight in each."""
        examples = np.empty(self._bounds[-1], dtype=np.intp)
        weights = np.empty(self._bounds[-1], dtype=np.float32)
        free = self._bounds.copy()
        for example, text in enumerate(self._texts):
            for number, weight in self._weighed(text):
                examples[free[number]], weights[free[number]] = example, weight
                free[number] += 1
        return examples, weights

    def _weighed(self, text: str) -> list[tuple[int, float]]:
        """The known features with their weights, in a vector of length 1 of which the unknown ones are a part."""
        features = Counter(self._features(text))
        numbers = [self._numbers.get(feature) for feature in features]
        weights = [
            (1 + math.log(count)) * (self._rarity_of(feature, 0) if number is None else self._rarity[number])
            for (feature, count), number in zip(features.items(), numbers, strict=True)
        ]
        norm = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
        return [
            (number, weight / norm)
            for number, weight in zip(numbers, weights, strict=True)
            if number is not None
        ]

    def _rarity_of(self, feature: str, count: int) -> float:
        return _kind_weight(feature) * (math.log((1 + len(self._texts)) / (1 + count)) + 1)

    def _features(self, text: str) -> Iterator[str]:
        stems = [self._stem(word) for word in words(text)]
        yield from stems
        yield from (f"{first} {second}" for first, second in zip(["^", *stems], stems, strict=False))
        for stem in stems:
            yield from _pieces(stem)


def words(text: str) -> list[str]:
    """The words of a text in lower case; any number is one and the same word, #."""
    plain = text.lower().replace("’", "'")
    return _WORD.findall(_NUMBER.sub("#", _LINK_OR_ADDRESS.sub(" ", plain)))


@lru_cache(maxsize=20_000)
def _pieces(stem: str) -> tuple[str, ...]:
    bounded = f"_{stem}_"
    return tuple(
        f"~{bounded[start : start + length]}"
        for length in _PIECE_LENGTHS
        for start in range(len(bounded) - length + 1)
    )


def _kind_weight(feature: str) -> float:
    if feature.startswith("~"):
        return _PIECE_WEIGHT
    return _PAIR_WEIGHT if " " in feature else _STEM_WEIGHT
