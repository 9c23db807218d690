"""How well a model routes: figures over questions whose answers are known."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.router_worker.evaluation.answering import Answered
from services.router_worker.intents import OUT_OF_SCOPE


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Shares from 0 to 1; None where the file has no question that the figure is about.

    `accuracy` is over the questions in scope. `macro_f1` is the mean over every intent of the file, out of scope
    among them. `saved` is the share of all questions for which the classifier alone is certain, and so no model is
    asked; `saved_precision` is how often it is right then.
    """

    questions: int
    accuracy: float | None
    macro_f1: float
    out_of_scope_recall: float | None
    slot_precision: float | None
    slot_recall: float | None
    saved: float
    saved_precision: float | None
    latency_p50_ms: float

    def reaches(self, least: float) -> bool:
        """Whether accuracy and out-of-scope recall, as far as they are known, are at least this."""
        return all(share is None or share >= least for share in (self.accuracy, self.out_of_scope_recall))


def figures(answers: Sequence[Answered]) -> Figures:
    """What the answers come to."""
    certain = [each.certain == each.question.intent for each in answers if each.certain]
    numbers = [each for each in answers if each.question.order_id is not None]
    return Figures(
        questions=len(answers),
        accuracy=_share(
            [each.intent == each.question.intent for each in answers if each.question.intent != OUT_OF_SCOPE]
        ),
        macro_f1=_macro_f1(answers),
        out_of_scope_recall=_share(
            [each.intent == OUT_OF_SCOPE for each in answers if each.question.intent == OUT_OF_SCOPE]
        ),
        slot_precision=_share([_right_number(each) for each in numbers if each.order_id]),
        slot_recall=_share([_right_number(each) for each in numbers if each.question.order_id]),
        saved=len(certain) / len(answers),
        saved_precision=_share(certain),
        latency_p50_ms=1000 * statistics.median(each.seconds for each in answers),
    )


def confusions(answers: Sequence[Answered]) -> list[tuple[str, str, int]]:
    """Which intent was taken for which, and how often, most often first."""
    wrong = Counter(
        (each.question.intent, each.intent) for each in answers if each.intent != each.question.intent
    )
    return [(expected, got, count) for (expected, got), count in wrong.most_common()]


def _share(right: Sequence[bool]) -> float | None:
    return sum(right) / len(right) if right else None


def _right_number(answered: Answered) -> bool:
    """`#w2378156` and `W2378156` are the same number."""
    expected = (answered.question.order_id or "").strip().lstrip("#").replace(" ", "")
    return answered.order_id.casefold() == expected.casefold() != ""


def _macro_f1(answers: Sequence[Answered]) -> float:
    asked = Counter(each.question.intent for each in answers)
    told = Counter(each.intent for each in answers)
    right = Counter(each.intent for each in answers if each.intent == each.question.intent)
    return statistics.fmean(2 * right[intent] / (asked[intent] + told[intent]) for intent in asked)
