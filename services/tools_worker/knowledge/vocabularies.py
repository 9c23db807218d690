"""Which sections speak of what: the terms that each one has, and how rare they are."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Shares: TypeAlias = npt.NDArray[np.float64]


class Vocabularies:
    """The terms of some sections; they never change."""

    def __init__(self, vocabularies: Sequence[Iterable[str]]) -> None:
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, vocabulary in enumerate(vocabularies):
            for term in set(vocabulary):
                places[term].append(place)
        self._size = len(vocabularies)
        self._places = {term: np.array(having, dtype=np.int32) for term, having in places.items()}

    def rarity(self, term: str) -> float:
        """More for a term of fewer sections, most for one that no section has."""
        frequency = len(self._places.get(term, ()))
        return math.log1p((self._size - frequency + 0.5) / (frequency + 0.5))

    def shares(self, terms: Iterable[str]) -> Shares:
        """How many of some terms each section has, weighed by their rarity, from 0 to 1."""
        shares: Shares = np.zeros(self._size)
        whole = 0.0
        for term in terms:
            rarity = self.rarity(term)
            whole += rarity
            if term in self._places:
                shares[self._places[term]] += rarity
        return shares / whole if whole else shares
