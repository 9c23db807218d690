from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from services.router_worker.language_models.circuit import Circuit
from services.router_worker.language_models.fallback import FallbackModel
from services.router_worker.language_models.protocol import (
    IntentDecision,
    Limits,
    ModelError,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    StartOver,
    Switched,
    TextDelta,
    Usage,
)

ROUTE = RouteRequest(texts=("hi",))
REPLY = ReplyRequest(texts=("hi",), intent="greeting")


@dataclass
class ScriptedModel:
    """Says its name; fails while `fails`, after `words` words of a reply."""

    name: str
    fails: bool = False
    words: int = 0
    calls: list[str] = field(default_factory=list)

    async def route(self, request: RouteRequest) -> Routed:  # noqa: ARG002
        self.calls.append("route")
        usage = Usage(
            purpose="route", model=self.name, latency_ms=1, outcome="timeout" if self.fails else "ok"
        )
        if self.fails:
            raise ModelError("timeout", (usage,), outcome="timeout")
        return Routed(decision=IntentDecision(intent=self.name, confidence=1), usage=(usage,))

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:  # noqa: ARG002
        self.calls.append("reply")
        for _ in range(self.words if self.fails else 1):
            yield TextDelta(text=self.name)
        usage = Usage(purpose="reply", model=self.name, latency_ms=1, outcome="cut" if self.fails else "ok")
        if self.fails:
            raise ModelError("cut", (usage,), outcome="cut")
        yield usage


async def test_the_first_model_answers_alone_when_it_can() -> None:
    first, second = ScriptedModel("first"), ScriptedModel("second")
    model = FallbackModel([first, second])
    assert (await model.route(ROUTE)).decision.intent == "first"
    assert await anext(model.reply(REPLY)) == TextDelta(text="first")
    assert second.calls == []


async def test_the_next_model_routes_when_the_first_fails_and_both_are_accounted_for() -> None:
    routed = await FallbackModel([ScriptedModel("first", fails=True), ScriptedModel("second")]).route(ROUTE)
    assert routed.decision.intent == "second"
    assert [(usage.model, usage.outcome) for usage in routed.usage] == [
        ("first", "timeout"),
        ("second", "ok"),
    ]


async def test_the_next_model_replies_when_the_first_fails_before_its_first_word() -> None:
    model = FallbackModel([ScriptedModel("first", fails=True), ScriptedModel("second")])
    parts = [part async for part in model.reply(REPLY)]
    assert [part.text for part in parts if isinstance(part, TextDelta)] == ["second"]
    assert [part.outcome for part in parts if isinstance(part, Usage)] == ["cut", "ok"]


async def test_the_next_model_begins_anew_when_the_first_fails_in_the_middle() -> None:
    model = FallbackModel([ScriptedModel("first", fails=True, words=2), ScriptedModel("second")])
    parts = [part async for part in model.reply(REPLY)]
    said = [part for part in parts if not isinstance(part, Usage)]
    assert said == [
        TextDelta(text="first"),
        TextDelta(text="first"),
        StartOver(),
        Switched(purpose="reply", from_model="first", to_model="second", reason="cut"),
        TextDelta(text="second"),
    ]
    assert [part.outcome for part in parts if isinstance(part, Usage)] == ["cut", "ok"]


async def test_a_reply_fails_when_the_last_model_fails_in_the_middle() -> None:
    reply = FallbackModel([ScriptedModel("last", fails=True, words=1)]).reply(REPLY)
    assert await anext(reply) == TextDelta(text="last")
    with pytest.raises(ModelError) as failure:
        await anext(reply)
    assert [usage.model for usage in failure.value.usage] == ["last"]


async def test_every_model_is_accounted_for_when_all_fail() -> None:
    model = FallbackModel([ScriptedModel("first", fails=True), ScriptedModel("second", fails=True)])
    with pytest.raises(ModelError) as failure:
        await model.route(ROUTE)
    assert [usage.model for usage in failure.value.usage] == ["first", "second"]


async def test_a_model_is_spared_after_three_failures_in_a_row() -> None:
    first = ScriptedModel("first", fails=True)
    model = FallbackModel([first, ScriptedModel("second")])
    for _ in range(5):
        assert (await model.route(ROUTE)).decision.intent == "second"
    assert len(first.calls) == 3


def test_a_circuit_lets_one_call_through_after_its_pause() -> None:
    time = 0.0
    circuit = Circuit(clock=lambda: time)
    for _ in range(3):
        circuit.failed()
    assert not circuit.closed
    time = 31.0
    assert circuit.closed
    assert not circuit.closed
    circuit.succeeded()
    assert circuit.closed


def test_a_circuit_stays_closed_when_failures_are_not_in_a_row() -> None:
    circuit = Circuit(clock=lambda: 0.0)
    for _ in range(5):
        circuit.failed()
        circuit.failed()
        circuit.succeeded()
    assert circuit.closed


async def test_each_switch_is_told_with_its_reason() -> None:
    models = [ScriptedModel("first", fails=True), ScriptedModel("second", fails=True), ScriptedModel("third")]
    routed = await FallbackModel(models).route(ROUTE)
    assert routed.switches == (
        Switched(purpose="route", from_model="first", to_model="second", reason="timeout"),
        Switched(purpose="route", from_model="second", to_model="third", reason="timeout"),
    )


async def test_a_model_that_is_spared_is_switched_from_because_of_its_circuit() -> None:
    model = FallbackModel([ScriptedModel("first", fails=True), ScriptedModel("second")])
    for _ in range(3):
        await model.route(ROUTE)
    assert [switch.reason for switch in (await model.route(ROUTE)).switches] == ["circuit_open"]
    [switched] = [part async for part in model.reply(REPLY) if isinstance(part, Switched)]
    assert (switched.purpose, switched.reason) == ("reply", "circuit_open")


async def test_only_the_last_model_is_asked_when_no_calls_are_left() -> None:
    first, second = ScriptedModel("first", fails=True), ScriptedModel("second")
    model = FallbackModel([first, second, ScriptedModel("last")])
    routed = await model.route(RouteRequest(texts=("hi",), limits=Limits(calls=1)))
    assert routed.decision.intent == "last"
    assert second.calls == []
    assert [switch.reason for switch in routed.switches] == ["timeout", "limit"]
