"""Every scripted conversation with the model that needs no network."""

import pytest

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.factory import build_offline_model
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from tests.dialogues.runner import run_dialogue
from tests.dialogues.script import Dialogue, load_scripts

CASES = [
    pytest.param(dialogue, id=f"{script.title}: {dialogue.name}")
    for script in load_scripts()
    for dialogue in script.dialogues
]


@pytest.fixture(scope="module")
def books() -> Phrasebooks:
    return Phrasebooks.load(IntentCatalogue.load())


@pytest.fixture(scope="module")
def model(books: Phrasebooks) -> OfflineModel:
    return build_offline_model(RouterSettings(_env_file=None, offline_pace_ms=0), books)


@pytest.mark.parametrize("dialogue", CASES)
async def test_a_scripted_conversation_goes_as_it_should(
    dialogue: Dialogue, model: OfflineModel, books: Phrasebooks
) -> None:
    outcome = await run_dialogue(dialogue, model, books)
    assert outcome.passed, "\n".join((*outcome.problems, "", *outcome.said))
