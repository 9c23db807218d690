"""Every scripted conversation with models behind two addresses and names, swapped by the environment alone."""

from collections.abc import AsyncIterator

import pytest

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.budgeted import NoBudget
from services.router_worker.language_models.factory import build_language_model
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import ModelSettings, RouterSettings
from tests.dialogues.oracle import recorded_answers
from tests.dialogues.runner import converse, run_dialogues
from tests.scripted_models import ScriptedModelServer, oracle, scripted_model

NOWHERE = "http://127.0.0.1:9"
"""Whoever asks this proxy for anything gets no answer."""


@pytest.fixture(scope="module")
def books() -> Phrasebooks:
    return Phrasebooks.load(IntentCatalogue.load())


def router(*, cascade: bool) -> RouterSettings:
    return RouterSettings(_env_file=None, offline_pace_ms=0, cascade=cascade)


@pytest.fixture(scope="module")
async def oracles(books: Phrasebooks) -> AsyncIterator[list[ScriptedModelServer]]:
    """Two servers with the right answer to all that is asked in the conversations."""
    answers = await recorded_answers(books)
    async with oracle(answers) as one, oracle(answers) as another:
        yield [one, another]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("number", "name"), [(0, "one/large"), (1, "another-small")])
async def test_the_conversations_go_as_they_should_with_any_provider(
    books: Phrasebooks,
    oracles: list[ScriptedModelServer],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    name: str,
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(variable, NOWHERE)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_BASE_URL", oracles[number].base_url)
    monkeypatch.setenv("OPENAI_MODEL", name)
    before = [len(await each.journal()) for each in oracles]

    model = build_language_model(ModelSettings(_env_file=None), router(cascade=True), books, NoBudget())
    outcomes = await run_dialogues(model, books)

    failed = ["\n".join((outcome.name, *outcome.problems)) for outcome in outcomes if not outcome.passed]
    assert failed == []
    assert len(outcomes) >= 60
    asked = [(await each.journal())[start:] for each, start in zip(oracles, before, strict=True)]
    assert {entry["body"]["model"] for entry in asked[number]} == {name}
    assert asked[1 - number] == []


async def test_a_sloppy_model_still_ends_every_turn_in_words(
    books: Phrasebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scripted_model("sloppy") as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_MODEL", "sloppy")
        model = build_language_model(ModelSettings(_env_file=None), router(cascade=False), books, NoBudget())
        turns = await converse(
            [f"where is my order 1042, I ask for time {number}" for number in range(20)],
            model,
            books,
            customer="cus_ada",
        )
    assert all(turn.text.strip() for turn in turns)
    assert not any("getOrder" in event.model_dump_json() for turn in turns for event in turn.events)
