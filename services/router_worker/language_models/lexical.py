"""Texts as vectors of their words' stems, pairs of stems and pieces of words."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeAlias

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

_Places: TypeAlias = tuple[npt.NDArray[np.intp], Matrix]


class LexicalExamples:
    """Example texts by what stands in them. Words that none of them has still lengthen another text's vector.

    So a text whose words are mostly unknown is far from every example, whatever few it shares with them.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._stem = Stemmer.Stemmer("english").stemWord
        self._texts = texts
        counted = [Counter(self._features(text)) for text in texts]
        self._rarity = {
            feature: _kind_weight(feature) * (math.log((1 + len(texts)) / (1 + count)) + 1)
            for feature, count in Counter(chain.from_iterable(counted)).items()
        }
        self._unknown_rarity = math.log(1 + len(texts)) + 1
        self._places = self._index(counted)

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an example, from 0 to 1."""
        matrix = np.zeros((len(texts), len(self._texts)), dtype=np.float32)
        for row, text in zip(matrix, texts, strict=True):
            for feature, weight in self._weights(Counter(self._features(text))).items():
                if feature in self._places:
                    examples, weights = self._places[feature]
                    row[examples] += np.float32(weight) * weights
        return matrix

    def among_themselves(self) -> Matrix:
        return self.likeness(self._texts)

    def _index(self, counted: Sequence[Counter[str]]) -> dict[str, _Places]:
        """Of each feature the examples that have it, and its weight in them."""
        places: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, features in enumerate(counted):
            for feature, weight in self._weights(features).items():
                places[feature].append((number, weight))
        return {
            feature: (
                np.array([number for number, _ in found], dtype=np.intp),
                np.array([weight for _, weight in found], dtype=np.float32),
            )
            for feature, found in places.items()
        }

    def _weights(self, features: Counter[str]) -> dict[str, float]:
        """A vector of length 1, of which the unknown features are a part."""
        weights = {
            feature: (1 + math.log(count)) * (self._rarity.get(feature) or self._unknown(feature))
            for feature, count in features.items()
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {feature: weight / norm for feature, weight in weights.items()}

    def _unknown(self, feature: str) -> float:
        return _kind_weight(feature) * self._unknown_rarity

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
