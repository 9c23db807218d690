"""Asking a model for the intent of each question, and keeping what it made of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.router_worker.evaluation.questions import Question
from services.router_worker.language_models.cascade import DECIDED_HERE
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import (
    IntentDecision,
    LanguageModel,
    ModelError,
    Routed,
    RouteRequest,
    Usage,
)

ORDER_ID = "order_id"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a model made of a question, and whether the classifier alone was certain of an intent, and which.

    Without a decision the model has failed, and `failure` says how. `calls` are those that went to a server.
    """

    question: Question
    decision: IntentDecision | None
    seconds: float
    certain: str | None = None
    calls: tuple[Usage, ...] = ()
    failure: str = ""

    @property
    def intent(self) -> str:
        return self.decision.intent if self.decision else "no answer"

    @property
    def order_id(self) -> str:
        return self.decision.slots.get(ORDER_ID, "") if self.decision else ""


async def answer_offline(questions: Sequence[Question], model: OfflineModel) -> list[Answered]:
    """Each question on its own, as the first message of a conversation; one after another, for their times."""
    answers = [await _answer(question, model) for question in questions]
    certain = [model.certainly(_first_message(question)) for question in questions]
    return [
        replace(each, certain=decision.intent if decision else None)
        for each, decision in zip(answers, certain, strict=True)
    ]


async def answer_by_model(
    questions: Sequence[Question], model: LanguageModel, *, at_once: int
) -> list[Answered]:
    """The same with a model behind a network, asked `at_once` so many questions.

    A question that no such model answers has failed, though the offline model stands in for it.
    """
    turns = asyncio.Semaphore(at_once)

    async def in_turn(question: Question) -> Answered:
        async with turns:
            return await _answer(question, model)

    return await asyncio.gather(*map(in_turn, questions))


async def _answer(question: Question, model: LanguageModel) -> Answered:
    started = time.perf_counter()
    try:
        routed = await model.route(_first_message(question))
    except ModelError as error:
        seconds = time.perf_counter() - started
        return Answered(
            question=question, decision=None, seconds=seconds, calls=_calls(error.usage), failure=str(error)
        )
    seconds, failure = time.perf_counter() - started, _failure(routed)
    return Answered(
        question=question,
        decision=None if failure else routed.decision,
        seconds=seconds,
        certain=routed.decision.intent if routed.decided_by == DECIDED_HERE else None,
        calls=_calls(routed.usage),
        failure=failure,
    )


def _first_message(question: Question) -> RouteRequest:
    return RouteRequest(texts=(question.text,))


def _calls(usage: Sequence[Usage]) -> tuple[Usage, ...]:
    return tuple(call for call in usage if call.model != OfflineModel.name)


def _failure(routed: Routed) -> str:
    """Why each model was left, where the offline one had to stand in for them all."""
    if not any(switch.to_model == OfflineModel.name for switch in routed.switches):
        return ""
    return ", ".join(f"{switch.from_model}: {switch.reason}" for switch in routed.switches)
