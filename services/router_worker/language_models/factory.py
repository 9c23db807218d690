"""The language model that the settings ask for."""

from datetime import timedelta

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.classifier import Classifier
from services.router_worker.language_models.lexical import LexicalEncoder
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.language_models.replies import Replies
from services.router_worker.settings import ModelSettings, RouterSettings


def build_language_model(
    models: ModelSettings, router: RouterSettings, catalogue: IntentCatalogue
) -> LanguageModel:
    """An OpenAI-compatible model that falls back on the offline one, or the offline one alone."""
    return build_offline_model(router, catalogue)


def build_offline_model(router: RouterSettings, catalogue: IntentCatalogue) -> OfflineModel:
    examples = [example for intent in catalogue for example in intent.examples]
    return OfflineModel(
        catalogue=catalogue,
        classifier=Classifier(catalogue, LexicalEncoder(examples), threshold=0.3, ridge=0.3),
        replies=Replies.load(),
        pace=timedelta(milliseconds=router.offline_pace_ms),
    )
