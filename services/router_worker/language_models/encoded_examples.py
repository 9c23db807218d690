"""Likeness by sentence vectors."""

from collections.abc import Sequence

from services.shared.sentences.encoder import Matrix, SentenceEncoder


class EncodedExamples:
    """Example texts by their vectors."""

    def __init__(self, encoder: SentenceEncoder, vectors: Matrix) -> None:
        """`vectors` has a row of length 1 an example."""
        self._encoder = encoder
        self._vectors = vectors

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an example, from -1 to 1."""
        likeness: Matrix = self._encoder.encode(texts) @ self._vectors.T
        return likeness

    def among_themselves(self, rows: slice) -> Matrix:
        """One row for each of these examples, one column an example."""
        likeness: Matrix = self._vectors[rows] @ self._vectors.T
        return likeness
