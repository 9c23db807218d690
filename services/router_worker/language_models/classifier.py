"""Which intent a text carries, learnt from the catalogue's example phrases alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from services.router_worker.intents import OUT_OF_SCOPE, IntentCatalogue

Matrix: TypeAlias = npt.NDArray[np.float32]

_REMEMBERED_TEXTS = 4_096


class Encoder(Protocol):
    """Turns texts into rows whose dot product says how alike they are, at most 1."""

    def encode(self, texts: Sequence[str]) -> Matrix: ...


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What was measured for one kind of vectors: docs/decisions/0004.

    `sharpness` is how fast an example's influence falls with distance; without it, it falls linearly.
    """

    threshold: float
    ridge: float
    sharpness: float | None = None


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
        self,
        catalogue: IntentCatalogue,
        encode: Callable[[Sequence[str]], Matrix],
        examples: Matrix,
        tuning: Tuning,
    ) -> None:
        """`examples` are the vectors of `example_texts(catalogue)`."""
        labels = [intent.name for intent in catalogue for _ in intent.examples]
        self.names = tuple(dict.fromkeys(labels))
        self._encode = encode
        self._threshold = tuning.threshold
        targets = np.array([[label == name for name in self.names] for label in labels], dtype=np.float32)
        kernel = _kernel(tuning.sharpness)
        regular = kernel(examples, examples) + tuning.ridge * np.eye(len(labels), dtype=np.float32)
        dual: Matrix = np.linalg.solve(regular, targets)
        if tuning.sharpness is None:
            weights: Matrix = examples.T @ dual
            self._score: Callable[[Matrix], Matrix] = lambda vectors: vectors @ weights
        else:
            self._score = lambda vectors: kernel(vectors, examples) @ dual
        self.guess = lru_cache(_REMEMBERED_TEXTS)(self._guess)

    def scores(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an intent of `names`."""
        return self._score(self._encode(texts))

    def _guess(self, text: str) -> Guess:
        scores = self.scores([text])[0]
        best = int(np.argmax(scores))
        score, threshold = max(float(scores[best]), 0.0), self._threshold
        if score < threshold:
            return Guess(intent=OUT_OF_SCOPE, confidence=threshold / (score + threshold))
        return Guess(intent=self.names[best], confidence=score / (score + threshold))


def _kernel(sharpness: float | None) -> Callable[[Matrix, Matrix], Matrix]:
    """How alike the rows of two matrices are: by cosine, or by a bell curve over their distance."""
    if sharpness is None:
        return lambda first, second: first @ second.T
    return lambda first, second: np.exp(np.float32(2 * sharpness) * (first @ second.T - 1))


def example_texts(catalogue: IntentCatalogue) -> list[str]:
    """Every example of every intent, in the catalogue's order."""
    return [example for intent in catalogue for example in intent.examples]
