"""The right answer to all that a model is asked in the scripted conversations: what the offline model says."""

from services.router_worker.language_models.factory import build_offline_model
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from tests.dialogues.runner import run_dialogues
from tests.recorded_answers import RecordedModel


async def recorded_answers(books: Phrasebooks) -> dict[str, str]:
    """From one play of the conversations, in the form in which `scripted-models.mjs` looks them up."""
    offline = build_offline_model(RouterSettings(_env_file=None, offline_pace_ms=0), books)
    recorded = RecordedModel(offline, books.english.catalogue)
    await run_dialogues(recorded, books)
    return recorded.answers
