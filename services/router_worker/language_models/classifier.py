"""Which intent a text carries, learnt from the catalogue's example phrases alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from services.router_worker.intents import OUT_OF_SCOPE, IntentCatalogue
from services.router_worker.language_models.least_squares import solve_in_place
from services.shared.sentences.encoder import Matrix

_REMEMBERED_TEXTS = 4_096
_ROWS_AT_ONCE = 256
# A text between two intents belongs to neither clearly and to the shop all the same.
_OF_ALL_INTENTS = np.float32(0.5)


class Examples(Protocol):
    """The example texts of `example_texts`, and how alike others are to them: by a cosine, at most 1."""

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an example."""
        ...

    def among_themselves(self, rows: slice) -> Matrix:
        """One row for each of these examples, one column an example."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What was measured for one kind of likeness: docs/decisions/0004.

    `sharpness` is how fast an example's influence falls with distance. Evidence below `threshold` is out of
    scope. A guess is certain from a score of `certain_score` that leads the next by `certain_lead`.
    """

    sharpness: float
    threshold: float
    certain_score: float
    certain_lead: float
    ridge: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Guess:
    """The likeliest intent; out of scope when nothing in the examples is near enough.

    A certain guess is an intent that was right on at least 99 of 100 texts that nobody had tuned to, so that
    nobody needs to be asked for a second opinion. Out of scope is never certain.
    """

    intent: str
    confidence: float
    certain: bool = False


class Classifier:
    """Regularised least squares over the examples with a bell kernel, one regressor an intent.

    Its scores shrink to 0 for texts unlike every example, so one threshold tells what it does not know from
    what it does. Out of scope is not a class: nobody can list what customers will not ask. Its examples are
    counter-examples, at which every intent's score is 0.
    """

    def __init__(
        self, catalogue: IntentCatalogue, examples: Examples, weights: Matrix, tuning: Tuning
    ) -> None:
        """`weights` are what `learn` learnt from the same."""
        self.names = intent_names(catalogue)
        self._examples = examples
        self._weights = weights
        self._tuning = tuning
        self.guess = lru_cache(_REMEMBERED_TEXTS)(self._guess)

    def scores(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an intent of `names`; about 1 for an example of the intent."""
        influence = _influence(self._examples.likeness(texts), self._tuning)
        scores: Matrix = influence @ self._weights
        return scores

    def _guess(self, text: str) -> Guess:
        scores = self.scores([text])[0]
        best = int(np.argmax(scores))
        evidence = max(float(scores[best] + _OF_ALL_INTENTS * scores.sum()), 0.0)
        threshold = self._tuning.threshold
        if evidence < threshold:
            return Guess(intent=OUT_OF_SCOPE, confidence=threshold / (evidence + threshold))
        return Guess(
            intent=self.names[best],
            confidence=evidence / (evidence + threshold),
            certain=self._is_certain(scores),
        )

    def _is_certain(self, scores: Matrix) -> bool:
        following, best = np.sort(scores)[-2:] if len(scores) > 1 else (0.0, scores[0])
        tuning = self._tuning
        return bool(best >= tuning.certain_score and best - following >= tuning.certain_lead)


def learn(catalogue: IntentCatalogue, examples: Examples, tuning: Tuning) -> Matrix:
    """The weight of each example, one row an example, for each intent's score."""
    names = intent_names(catalogue)
    labels = [intent.name for intent in catalogue for _ in intent.examples]
    targets = np.array([[label == name for name in names] for label in labels], dtype=np.float32)
    return solve_in_place(_among_themselves(examples, len(labels), tuning), targets, ridge=tuning.ridge)


def _among_themselves(examples: Examples, count: int, tuning: Tuning) -> list[Matrix]:
    """Their influence on each other, of which only the lower half is kept: it would take the most memory of all."""
    blocks = [slice(start, min(start + _ROWS_AT_ONCE, count)) for start in range(0, count, _ROWS_AT_ONCE)]
    return [_influence(examples.among_themselves(rows)[:, : rows.stop].copy(), tuning) for rows in blocks]


def intent_names(catalogue: IntentCatalogue) -> tuple[str, ...]:
    """The intents that can be told by their examples, in the catalogue's order."""
    return tuple(intent.name for intent in catalogue if intent.examples and intent.name != OUT_OF_SCOPE)


def example_texts(catalogue: IntentCatalogue) -> list[str]:
    """Every example of every intent, in the catalogue's order."""
    return [example for intent in catalogue for example in intent.examples]


def _influence(likeness: Matrix, tuning: Tuning) -> Matrix:
    """The influence of texts on each other, a bell over their distance; in place."""
    likeness -= 1
    likeness *= np.float32(2 * tuning.sharpness)
    return np.exp(likeness, out=likeness)
