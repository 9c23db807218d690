"""What a turn expects of any language model: the scripted one of the tests keeps it as the offline one does."""

from collections.abc import Callable

import pytest

from services.router_worker.intents import INTENTS_DIR, IntentCatalogue
from services.router_worker.language_models.factory import build_offline_model
from services.router_worker.language_models.protocol import (
    LanguageModel,
    PendingQuestion,
    ReplyRequest,
    RouteRequest,
    TextDelta,
    Usage,
)
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from tests.fakes import ScriptedModel

CATALOGUE = IntentCatalogue.load(INTENTS_DIR)


def offline() -> LanguageModel:
    router = RouterSettings(_env_file=None, offline_pace_ms=0)
    return build_offline_model(router, Phrasebooks.load(CATALOGUE))


@pytest.fixture(params=[ScriptedModel, offline], ids=["scripted", "offline"], scope="module")
def model(request: pytest.FixtureRequest) -> LanguageModel:
    make: Callable[[], LanguageModel] = request.param
    return make()


PENDING = PendingQuestion(intent="order_status", slot="order_id", asked=1)


@pytest.mark.parametrize("pending", [None, PENDING])
@pytest.mark.parametrize("texts", [("hi",), ("where is my order 1043",), ("???", "\n", "📦"), ("x" * 4000,)])
async def test_a_decision_is_within_the_catalogue_and_accounted_for(
    model: LanguageModel, texts: tuple[str, ...], pending: PendingQuestion | None
) -> None:
    routed = await model.route(RouteRequest(texts=texts, pending=pending))

    assert routed.decision.intent in CATALOGUE
    assert 0 <= routed.decision.confidence <= 1
    assert all(isinstance(value, str) and value for value in routed.decision.slots.values())
    assert [usage.purpose for usage in routed.usage] == ["route"]
    assert routed.usage[0].model == model.name


@pytest.mark.parametrize("intent", [intent.name for intent in CATALOGUE])
async def test_a_reply_is_text_and_then_its_account(model: LanguageModel, intent: str) -> None:
    parts = [part async for part in model.reply(ReplyRequest(texts=("hello",), intent=intent))]

    *deltas, usage = parts
    assert isinstance(usage, Usage)
    assert (usage.purpose, usage.model, usage.outcome) == ("reply", model.name, "ok")
    assert deltas
    assert all(isinstance(delta, TextDelta) and delta.text for delta in deltas)
