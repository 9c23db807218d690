"""What a paid model may use, and who answers when that is gone."""

import asyncio
import contextlib

import pytest

from services.router_worker.language_models.budgeted import UNKNOWN_TOKENS, BudgetedModel
from services.router_worker.language_models.protocol import (
    IntentDecision,
    ModelError,
    ReplyPart,
    ReplyRequest,
    RouteRequest,
    TextDelta,
    Usage,
)
from tests.fakes import Ledger, ScriptedModel

ROUTE = RouteRequest(texts=("hi",), session_id="s1")
REPLY = ReplyRequest(texts=("hi",), intent="greeting", session_id="s1")
CALL = Usage(purpose="reply", model="paid", latency_ms=1, input_tokens=120, output_tokens=30)


def a_model(ledger: Ledger, *lines: ReplyPart | ModelError | asyncio.Event) -> BudgetedModel:
    """Its paid model says `lines`, and its free one that it is free."""
    free = ScriptedModel(name="offline", script=lambda _: [TextDelta(text="free")])
    return BudgetedModel(paid=ScriptedModel(name="paid", script=lambda _: lines), free=free, budget=ledger)


async def said(model: BudgetedModel, request: ReplyRequest = REPLY) -> str:
    return "".join([part.text async for part in model.reply(request) if isinstance(part, TextDelta)])


async def test_what_the_provider_says_is_counted_for_the_session() -> None:
    ledger = Ledger()
    failed = Usage(purpose="reply", model="paid", latency_ms=1, outcome="cut", input_tokens=100)
    of_the_free = Usage(purpose="reply", model="offline", latency_ms=1)
    lines = (TextDelta(text="a"), CALL, failed, of_the_free)

    await said(a_model(ledger, *lines))

    # The scripted model ends with a call that has no figures.
    assert ledger.used == {"s1": 150 + 100 + UNKNOWN_TOKENS}


async def test_a_call_that_failed_without_a_figure_costs_nothing() -> None:
    ledger = Ledger()
    failed = Usage(purpose="reply", model="paid", latency_ms=1, outcome="timeout")
    model = a_model(ledger, ModelError("paid: timeout", (failed, CALL)))

    with pytest.raises(ModelError):
        await said(model)

    assert ledger.used == {"s1": 150}


async def test_a_failed_decision_is_counted_too() -> None:
    ledger = Ledger()
    paid = ScriptedModel(name="paid", decide=lambda _: ModelError("no", (CALL,)))

    with pytest.raises(ModelError):
        await BudgetedModel(paid=paid, free=ScriptedModel(), budget=ledger).route(ROUTE)

    assert ledger.used == {"s1": 150}


async def test_a_reply_that_is_stopped_has_its_price() -> None:
    ledger = Ledger()
    model = a_model(ledger, TextDelta(text="a"), asyncio.Event())
    shown = asyncio.Event()

    async def listen() -> None:
        async for _ in model.reply(REPLY):
            shown.set()

    listening = asyncio.create_task(listen())
    await shown.wait()
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening

    assert ledger.used == {"s1": UNKNOWN_TOKENS}


@pytest.mark.parametrize("limits", [{"session_limit": 150}, {"day_limit": 150}], ids=["session", "day"])
async def test_the_free_model_answers_when_a_budget_is_gone(limits: dict[str, int]) -> None:
    ledger = Ledger(**limits)
    model = a_model(ledger, TextDelta(text="paid"))
    assert await said(model) == "paid"

    assert await said(model) == "free"
    routed = await model.route(ROUTE)
    assert routed.usage[0].model == "offline"
    assert [(switch.from_model, switch.to_model, switch.reason) for switch in routed.switches] == [
        ("paid", "offline", "budget_spent")
    ]


async def test_another_session_is_answered_by_the_paid_model_still() -> None:
    model = a_model(Ledger(session_limit=150), TextDelta(text="paid"))
    await said(model)

    other = ReplyRequest(texts=("hi",), intent="greeting", session_id="s2")
    assert await said(model, other) == "paid"
    assert (await model.route(RouteRequest(texts=("hi",), session_id="s2"))).decision == IntentDecision(
        intent="greeting", confidence=1.0
    )
