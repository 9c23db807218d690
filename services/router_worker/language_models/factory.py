"""The language model that the settings ask for."""

from collections.abc import Callable
from datetime import timedelta

from services.router_worker.language_models.budgeted import BudgetedModel, TokenBudget
from services.router_worker.language_models.cascade import CascadeModel
from services.router_worker.language_models.circuit import Circuit
from services.router_worker.language_models.classifiers import build_classifiers
from services.router_worker.language_models.fallback import FallbackModel
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import ModelSettings, RouterSettings


def build_language_model(
    models: ModelSettings,
    router: RouterSettings,
    books: Phrasebooks,
    budget: TokenBudget,
    *,
    circuit: Callable[[], Circuit] = Circuit,
) -> LanguageModel:
    """An OpenAI-compatible model that falls back on the offline one, or the offline one alone.

    Each model behind a network has a `circuit` of its own.
    """
    offline = build_offline_model(router, books)
    if not models.uses_openai:
        return offline
    # The SDK is a quarter of a router's start, which a router without it need not wait for.
    from services.router_worker.language_models.openai_models import openai_models  # noqa: PLC0415

    asked = FallbackModel([*openai_models(models, router, books.english.catalogue), offline], circuit)
    paid = CascadeModel(model=asked, offline=offline, saves_calls=router.cascade)
    return BudgetedModel(paid=paid, free=offline, budget=budget)


def build_offline_model(router: RouterSettings, books: Phrasebooks) -> OfflineModel:
    return OfflineModel(
        books=books,
        classifiers=build_classifiers(router, books),
        pace=timedelta(milliseconds=router.offline_pace_ms),
    )
