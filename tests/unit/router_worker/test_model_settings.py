from pathlib import Path

import pytest

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.budgeted import BudgetedModel
from services.router_worker.language_models.factory import build_language_model
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.openai_models import openai_models
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import ModelSettings, RouterSettings
from services.shared.errors import SetupError
from services.shared.settings import load_settings
from tests.fakes import Ledger

VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def built(monkeypatch: pytest.MonkeyPatch, **environment: str) -> OfflineModel | BudgetedModel:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    router = RouterSettings(classifier="words")
    books = Phrasebooks.load(IntentCatalogue.load())
    model = build_language_model(load_settings(ModelSettings), router, books, Ledger())
    assert isinstance(model, OfflineModel | BudgetedModel)
    return model


def test_the_offline_model_answers_when_no_other_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert built(monkeypatch, OPENAI_API_KEY="", OPENAI_MODEL="").name == "offline"


@pytest.mark.parametrize("given", [{"OPENAI_API_KEY": "k"}, {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}])
def test_a_key_or_a_base_url_brings_in_the_model_named(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    model = built(monkeypatch, OPENAI_MODEL="some-model", **given)
    assert isinstance(model, BudgetedModel)
    assert model.name == "some-model"


def test_a_start_is_refused_when_the_model_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SetupError, match=r"OPENAI_MODEL: .*must name the model"):
        built(monkeypatch, OPENAI_API_KEY="k")


def test_the_first_models_key_never_goes_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    built(monkeypatch, OPENAI_API_KEY="first", OPENAI_MODEL="large")
    router = RouterSettings(classifier="words")
    catalogue = IntentCatalogue.load()
    same = ModelSettings(_env_file=None, openai_fallback_model="small")
    elsewhere = ModelSettings(
        _env_file=None, openai_fallback_model="small", openai_fallback_base_url="http://127.0.0.1:2/v1"
    )
    keys = [
        [model._client.api_key for model in openai_models(settings, router, catalogue)]
        for settings in (same, elsewhere)
    ]
    assert keys == [["first", "first"], ["first", "none"]]
