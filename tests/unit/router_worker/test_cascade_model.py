import pytest

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.cascade import CascadeModel
from services.router_worker.language_models.factory import build_offline_model
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import IntentDecision, PendingQuestion, RouteRequest
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from tests.fakes import ScriptedModel

PENDING = PendingQuestion(intent="order_status", slot="order_id", asked=1)


@pytest.fixture(scope="module")
def offline() -> OfflineModel:
    settings = RouterSettings(_env_file=None, offline_pace_ms=0, classifier="words")
    return build_offline_model(settings, Phrasebooks.load(IntentCatalogue.load()))


def a_model(intent: str = "feedback") -> ScriptedModel:
    return ScriptedModel(decide=lambda _: IntentDecision(intent=intent, confidence=0.9))


def asking(text: str, pending: PendingQuestion | None = None) -> RouteRequest:
    return RouteRequest(texts=(text,), pending=pending)


async def test_what_is_clear_is_decided_without_a_call(offline: OfflineModel) -> None:
    model = a_model()
    routed = await CascadeModel(model=model, offline=offline).route(asking("where is my order"))
    assert (routed.decision.intent, routed.decided_by, routed.usage) == ("order_status", "classifier", ())
    assert model.routed == []


@pytest.mark.parametrize("text", ["the thing I told you about did a funny noise", "colourless green ideas"])
async def test_what_is_not_clear_is_the_models_to_decide(offline: OfflineModel, text: str) -> None:
    routed = await CascadeModel(model=a_model(), offline=offline).route(asking(text))
    assert (routed.decision.intent, routed.decided_by) == ("feedback", "")


async def test_the_model_decides_everything_when_no_calls_are_to_be_saved(offline: OfflineModel) -> None:
    cascade = CascadeModel(model=a_model(), offline=offline, saves_calls=False)
    assert (await cascade.route(asking("where is my order"))).decision.intent == "feedback"


async def test_a_pending_question_is_answered_without_a_call_by_its_value_alone(
    offline: OfflineModel,
) -> None:
    model = a_model()
    cascade = CascadeModel(model=model, offline=offline)
    assert (await cascade.route(asking("#1042", PENDING))).decision.slots == {"order_id": "1042"}
    assert model.routed == []
    await cascade.route(asking("where is my order", PENDING))
    assert len(model.routed) == 1


async def test_the_other_requests_are_added_to_the_one_that_the_model_names(offline: OfflineModel) -> None:
    cascade = CascadeModel(model=a_model("order_status"), offline=offline)
    routed = await cascade.route(asking("Where is order 1042? What is your return policy?"))
    assert {wanted.intent for wanted in routed.decision.wanted} == {"order_status", "refund_or_return"}
