"""What is kept of a model that is asked for the intents of questions, and what it has taken."""

import asyncio
from dataclasses import dataclass, field

import pytest

from services.router_worker.evaluation.account import account
from services.router_worker.evaluation.answering import answer_by_model
from services.router_worker.evaluation.questions import Question
from services.router_worker.language_models.circuit import never_opens
from services.router_worker.language_models.fallback import FallbackModel
from services.router_worker.language_models.protocol import (
    IntentDecision,
    ModelError,
    Routed,
    RouteRequest,
    Usage,
)
from tests.fakes import ScriptedModel

GREETING = IntentDecision(intent="greeting", confidence=1.0)


def questions(*texts: str) -> list[Question]:
    return [Question(text=text, intent="greeting") for text in texts]


def failing(name: str) -> ScriptedModel:
    """Fails on what has the word `fail`, after one call."""
    call = Usage(purpose="route", model=name, latency_ms=1, outcome="timeout")

    def decide(request: RouteRequest) -> IntentDecision | ModelError:
        return (
            ModelError(f"{name}: timeout", (call,), outcome="timeout")
            if "fail" in request.texts[0]
            else GREETING
        )

    return ScriptedModel(name=name, decide=decide)


async def test_a_question_has_failed_when_only_the_offline_model_answers_it() -> None:
    offline = ScriptedModel(name="offline")
    model = FallbackModel([failing("first"), failing("second"), offline])

    good, bad = await answer_by_model(questions("hello", "fail"), model, at_once=1)

    assert (good.intent, good.failure) == ("greeting", "")
    assert (bad.intent, bad.failure) == ("no answer", "first: timeout, second: timeout")


async def test_a_question_has_not_failed_when_the_second_model_answers_it() -> None:
    model = FallbackModel([failing("first"), ScriptedModel(name="second"), ScriptedModel(name="offline")])

    [answered] = await answer_by_model(questions("fail"), model, at_once=1)

    assert (answered.intent, answered.failure) == ("greeting", "")
    assert [call.model for call in answered.calls] == ["first", "second"]


async def test_a_model_that_stands_alone_is_named_when_it_fails() -> None:
    [answered] = await answer_by_model(questions("fail"), failing("only"), at_once=1)

    assert (answered.intent, answered.failure) == ("no answer", "only: timeout")


async def test_each_question_is_asked_whatever_became_of_those_before() -> None:
    model = FallbackModel([failing("first"), ScriptedModel(name="offline")], never_opens)

    answers = await answer_by_model(questions(*["fail"] * 10, "hello"), model, at_once=1)

    assert [bool(each.failure) for each in answers] == [True] * 10 + [False]


@dataclass(kw_only=True)
class Meeting(ScriptedModel):
    """Answers when two are asked at the same time, and keeps how many were at most."""

    together: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(2))
    running: int = 0
    most: int = 0

    async def route(self, request: RouteRequest) -> Routed:
        self.running += 1
        self.most = max(self.most, self.running)
        await self.together.wait()
        self.running -= 1
        return await super().route(request)


async def test_no_more_questions_are_asked_at_the_same_time_than_allowed() -> None:
    model = Meeting()

    answers = await asyncio.wait_for(answer_by_model(questions(*"abcdef"), model, at_once=2), 10)

    assert [each.question.text for each in answers] == list("abcdef")
    assert model.most == 2


@pytest.mark.parametrize(
    ("calls", "cost", "unknown"),
    [((), None, 0), ((None,), None, 1), ((0.5, 0.25, None), 0.75, 1)],
    ids=["no call", "no price", "one call that told no tokens"],
)
async def test_costs_are_told_as_far_as_they_are_known(
    calls: tuple[float | None, ...], cost: float | None, unknown: int
) -> None:
    usage = tuple(Usage(purpose="route", model="paid", latency_ms=1, cost_usd=each) for each in calls)
    model = ScriptedModel(decide=lambda _: ModelError("paid: cut", usage))

    told = account(await answer_by_model(questions("hello"), model, at_once=1))

    assert (told.cost_usd, told.calls_of_unknown_cost, told.model_calls) == (cost, unknown, len(calls))


async def test_a_call_that_failed_is_told_from_a_question_that_failed() -> None:
    model = FallbackModel([failing("first"), ScriptedModel(name="second"), failing("offline")])

    told = account(await answer_by_model(questions("fail", "hello"), model, at_once=1))

    assert (told.model_calls, told.failed_calls, told.failed_questions) == (3, 1, 0)
