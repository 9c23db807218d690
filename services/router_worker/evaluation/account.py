"""What it took to have questions answered by models behind a network."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.router_worker.evaluation.answering import Answered


@dataclass(frozen=True, kw_only=True)
class Account:
    """`failed_questions` are those that no model answered; a call that a second try made good is no such question.

    `cost_usd` is what the calls cost whose cost is known: None when that is no call's.
    """

    model_calls: int
    failed_calls: int
    failed_questions: int
    cost_usd: float | None
    calls_of_unknown_cost: int


def account(answers: Sequence[Answered]) -> Account:
    """Over every call, the failed ones among them."""
    calls = [call for each in answers for call in each.calls]
    costs = [call.cost_usd for call in calls if call.cost_usd is not None]
    return Account(
        model_calls=len(calls),
        failed_calls=sum(call.outcome != "ok" for call in calls),
        failed_questions=sum(bool(each.failure) for each in answers),
        cost_usd=sum(costs) if costs else None,
        calls_of_unknown_cost=len(calls) - len(costs),
    )
