"""Which intent a text carries, learnt from the catalogue's example phrases alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from services.router_worker.intents import OUT_OF_SCOPE, IntentCatalogue

Matrix: TypeAlias = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into rows whose dot product says how alike they are, at most 1."""

    def encode(self, texts: Sequence[str]) -> Matrix: ...


@dataclass(frozen=True, kw_only=True)
class Guess:
    """The likeliest intent. Out of scope when nothing in the examples is near enough."""

    intent: str
    confidence: float


class Classifier:
    """Regularised least squares over the examples, one regressor an intent.

    Its scores shrink to 0 for texts unlike every example, so one threshold tells what it does not know from
    what it does. Out of scope is not a class: nobody can list what customers will not ask.
    """

    def __init__(
        self, catalogue: IntentCatalogue, encoder: Encoder, *, threshold: float, ridge: float
    ) -> None:
        labelled = [(example, intent.name) for intent in catalogue for example in intent.examples]
        self._names = tuple(dict.fromkeys(name for _, name in labelled))
        self._encoder = encoder
        self._threshold = threshold
        examples = encoder.encode([example for example, _ in labelled])
        targets = np.array(
            [[name == other for other in self._names] for _, name in labelled], dtype=np.float32
        )
        kernel = examples @ examples.T
        dual = np.linalg.solve(kernel + ridge * np.eye(len(labelled), dtype=np.float32), targets)
        self._weights: Matrix = examples.T @ dual

    def guess(self, text: str) -> Guess:
        """The intent of one text."""
        scores = self.scores([text])[0]
        best = int(np.argmax(scores))
        score = float(scores[best])
        if score < self._threshold:
            return Guess(intent=OUT_OF_SCOPE, confidence=_confidence(self._threshold - score))
        return Guess(intent=self._names[best], confidence=_confidence(score - self._threshold))

    def scores(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an intent of `names`."""
        return self._encoder.encode(texts) @ self._weights

    @property
    def names(self) -> tuple[str, ...]:
        return self._names


def _confidence(margin: float) -> float:
    """From one half at the threshold towards 1 far from it."""
    return 1 / (1 + float(np.exp(-8 * margin)))
