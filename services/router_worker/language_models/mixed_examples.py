"""Likeness by meaning, and to a part by words."""

from collections.abc import Sequence

from services.router_worker.language_models.classifier import Examples
from services.shared.sentences.encoder import Matrix


class MixedExamples:
    """The same examples compared in two ways: `part` of the likeness, from 0 to 1, is the second's."""

    def __init__(self, first: Examples, second: Examples, *, part: float) -> None:
        self._first = first
        self._second = second
        self._part = part

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an example."""
        return self._mixed(self._first.likeness(texts), self._second.likeness(texts))

    def among_themselves(self, rows: slice) -> Matrix:
        """One row for each of these examples, one column an example."""
        return self._mixed(self._first.among_themselves(rows), self._second.among_themselves(rows))

    def _mixed(self, first: Matrix, second: Matrix) -> Matrix:
        first *= 1 - self._part
        second *= self._part
        first += second
        return first
