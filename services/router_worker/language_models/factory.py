"""The language model that the settings ask for."""

from collections.abc import Iterator
from datetime import timedelta

from openai import AsyncOpenAI
from pydantic import HttpUrl, SecretStr

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.budgeted import BudgetedModel, TokenBudget
from services.router_worker.language_models.cascade import CascadeModel
from services.router_worker.language_models.classifiers import build_classifiers
from services.router_worker.language_models.fallback import FallbackModel
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.openai import OpenAIModel
from services.router_worker.language_models.prices import Prices
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import ModelSettings, RouterSettings
from services.router_worker.tools import tools

# Compatible servers that run on one's own machine ask for no key; the SDK wants one.
_NO_KEY = "none"
_OPENAI = "https://api.openai.com/v1"


def build_language_model(
    models: ModelSettings, router: RouterSettings, books: Phrasebooks, budget: TokenBudget
) -> LanguageModel:
    """An OpenAI-compatible model that falls back on the offline one, or the offline one alone."""
    offline = build_offline_model(router, books)
    if not models.uses_openai:
        return offline
    asked = FallbackModel([*_openai_models(models, router, books.english.catalogue), offline])
    paid: LanguageModel = CascadeModel(model=asked, offline=offline) if router.cascade else asked
    return BudgetedModel(paid=paid, free=offline, budget=budget)


def build_offline_model(router: RouterSettings, books: Phrasebooks) -> OfflineModel:
    return OfflineModel(
        books=books,
        classifiers=build_classifiers(router, books),
        pace=timedelta(milliseconds=router.offline_pace_ms),
    )


def _openai_models(
    models: ModelSettings, router: RouterSettings, catalogue: IntentCatalogue
) -> Iterator[OpenAIModel]:
    def build(name: str, base_url: HttpUrl | None, key: SecretStr | None, prices: Prices) -> OpenAIModel:
        client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else _NO_KEY,
            base_url=str(base_url) if base_url else _OPENAI,
            timeout=router.model_timeout.total_seconds(),
            max_retries=0,
        )
        return OpenAIModel(
            client=client,
            model=name,
            catalogue=catalogue,
            tools=tools(),
            timeout=router.model_timeout,
            prices=prices,
        )

    yield build(
        models.openai_model or "",
        models.openai_base_url,
        models.openai_api_key,
        Prices(input=models.openai_input_price, output=models.openai_output_price),
    )
    if models.openai_fallback_model:
        elsewhere = models.openai_fallback_base_url is not None
        yield build(
            models.openai_fallback_model,
            models.openai_fallback_base_url or models.openai_base_url,
            models.openai_fallback_api_key or (None if elsewhere else models.openai_api_key),
            Prices(input=models.openai_fallback_input_price, output=models.openai_fallback_output_price),
        )
