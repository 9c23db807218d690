"""The language model that the settings ask for."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from openai import AsyncOpenAI

from services import shared
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.budgeted import BudgetedModel, TokenBudget
from services.router_worker.language_models.classifiers import build_classifiers
from services.router_worker.language_models.fallback import FallbackModel
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.openai import OpenAIModel
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import ModelSettings, RouterSettings

_TOOLS = Path(shared.__file__).with_name("tools.json")
# Compatible servers that run on one's own machine ask for no key; the SDK wants one.
_NO_KEY = "none"


def build_language_model(
    models: ModelSettings, router: RouterSettings, books: Phrasebooks, budget: TokenBudget
) -> LanguageModel:
    """An OpenAI-compatible model that falls back on the offline one, or the offline one alone."""
    offline = build_offline_model(router, books)
    if not models.uses_openai:
        return offline
    paid = FallbackModel([_build_openai_model(models, router, books.english.catalogue), offline])
    return BudgetedModel(paid=paid, free=offline, budget=budget)


def build_offline_model(router: RouterSettings, books: Phrasebooks) -> OfflineModel:
    return OfflineModel(
        books=books,
        classifiers=build_classifiers(router, books),
        pace=timedelta(milliseconds=router.offline_pace_ms),
    )


def _build_openai_model(
    models: ModelSettings, router: RouterSettings, catalogue: IntentCatalogue
) -> OpenAIModel:
    key = models.openai_api_key.get_secret_value() if models.openai_api_key else _NO_KEY
    client = AsyncOpenAI(
        api_key=key,
        base_url=str(models.openai_base_url) if models.openai_base_url else None,
        timeout=router.model_timeout.total_seconds(),
        max_retries=0,
    )
    return OpenAIModel(
        client=client,
        model=models.openai_model or "",
        catalogue=catalogue,
        tools=_read_tools(),
        timeout=router.model_timeout,
    )


def _read_tools() -> list[dict[str, Any]]:
    tools: list[dict[str, Any]] = orjson.loads(_TOOLS.read_bytes())
    return tools
