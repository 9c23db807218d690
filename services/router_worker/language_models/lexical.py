"""Texts as vectors of their words' stems, pairs of stems and pieces of words."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import Stemmer

from services.router_worker.language_models.classifier import Matrix

# Names that say what kind of value stood there: the value itself says nothing about the intent.
_LINK_OR_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
_NUMBER = re.compile(r"#?\b\w*\d[\w.,:/-]*")
_WORD = re.compile(r"[a-z']+|#")

_STEM_WEIGHT = 1.0
_PAIR_WEIGHT = 0.7
_PIECE_WEIGHT = 0.35
_PIECE_LENGTHS = (3, 4)


class LexicalEncoder:
    """A vocabulary learnt from example texts. Words it does not know still lengthen a vector.

    So a text whose words are mostly unknown is far from every example, whatever few it shares with them.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._stem = Stemmer.Stemmer("english").stemWord
        documents = [set(self._features(text)) for text in texts]
        counts = Counter(feature for document in documents for feature in document)
        self._rarity = {
            feature: math.log((1 + len(texts)) / (1 + count)) + 1 for feature, count in counts.items()
        }
        self._unknown_rarity = math.log(1 + len(texts)) + 1
        self._index = {feature: number for number, feature in enumerate(counts)}

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text, of length 1 or shorter by what is unknown in it."""
        matrix = np.zeros((len(texts), len(self._index)), dtype=np.float32)
        for row, text in enumerate(texts):
            weights = dict(self._weights(text))
            norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for feature, weight in weights.items():
                if (column := self._index.get(feature)) is not None:
                    matrix[row, column] = weight / norm
        return matrix

    def _weights(self, text: str) -> Iterator[tuple[str, float]]:
        for feature, count in Counter(self._features(text)).items():
            rarity = self._rarity.get(feature, self._unknown_rarity)
            yield feature, _kind_weight(feature) * (1 + math.log(count)) * rarity

    def _features(self, text: str) -> Iterator[str]:
        stems = [self._stem(word) for word in words(text)]
        yield from stems
        yield from (f"{first} {second}" for first, second in zip(["^", *stems], stems, strict=False))
        yield from _pieces(stems)


def words(text: str) -> list[str]:
    """The words of a text in lower case; any number is one and the same word, #."""
    plain = text.lower().replace("’", "'")
    return _WORD.findall(_NUMBER.sub("#", _LINK_OR_ADDRESS.sub(" ", plain)))


def _pieces(stems: Iterable[str]) -> Iterator[str]:
    for stem in stems:
        bounded = f"_{stem}_"
        for length in _PIECE_LENGTHS:
            yield from (f"~{bounded[start : start + length]}" for start in range(len(bounded) - length + 1))


def _kind_weight(feature: str) -> float:
    if feature.startswith("~"):
        return _PIECE_WEIGHT
    return _PAIR_WEIGHT if " " in feature else _STEM_WEIGHT
