"""The scripted conversations: offline, with a model that is always right, and with one that writes badly."""

import asyncio
from collections.abc import Sequence

from services.router_worker.language_models.factory import build_offline_model
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from services.shared.events import ReplyCompleted, ReplyWithheld
from tests.dialogues.expectations import Observed
from tests.dialogues.oracle import recorded_answers
from tests.dialogues.runner import Outcome, run_dialogues
from tests.dialogues.script import load_scripts
from tests.evaluation.measured import Measured
from tests.evaluation.scripted import calls_told, model_at, on_the_account
from tests.scripted_models import oracle, scripted_model

_AT_ONCE = 4


async def offline(router: RouterSettings, books: Phrasebooks) -> list[Measured]:
    outcomes = await run_dialogues(build_offline_model(router, books), books)
    return [_as_they_should("conversations offline", outcomes)]


async def with_an_oracle(router: RouterSettings, books: Phrasebooks) -> list[Measured]:
    """The same over HTTP: what the way to a model and back loses."""
    of = "conversations with an oracle"
    async with oracle(await recorded_answers(books)) as server:
        outcomes = await run_dialogues(model_at(server, router, books), books)
        turns = _turns(outcomes)
        return [
            _as_they_should(of, outcomes),
            _withheld(of, turns),
            await on_the_account(of, server, calls_told(turns)),
        ]


async def with_a_sloppy_model(router: RouterSettings, books: Phrasebooks) -> list[Measured]:
    """Its answers are no answers, so a turn may only be expected to end well, whatever it says."""
    of = "conversations with a sloppy model"
    async with scripted_model("sloppy") as server:
        turns = await _played_side_by_side(model_at(server, router, books), books)
        ended = sum(map(_ends_in_words, turns))
        return [
            Measured(
                of=of, what="turns that end in words", cases=len(turns), value=ended / len(turns), at_least=1
            ),
            await on_the_account(of, server, calls_told(turns)),
        ]


async def _played_side_by_side(model: LanguageModel, books: Phrasebooks) -> list[Observed]:
    """A model that is asked again and again is waited for again and again."""
    dialogues = [dialogue for script in load_scripts() for dialogue in script.dialogues]
    parts = [run_dialogues(model, books, dialogues[start::_AT_ONCE]) for start in range(_AT_ONCE)]
    return [turn for outcomes in await asyncio.gather(*parts) for turn in _turns(outcomes)]


def _as_they_should(of: str, outcomes: Sequence[Outcome]) -> Measured:
    passed = sum(outcome.passed for outcome in outcomes)
    return Measured(
        of=of, what="go as they should", cases=len(outcomes), value=passed / len(outcomes), at_least=1
    )


def _withheld(of: str, turns: Sequence[Observed]) -> Measured:
    """Each reply of an oracle is one that may be said."""
    withheld = sum(isinstance(event, ReplyWithheld) for turn in turns for event in turn.events)
    return Measured(
        of=of, what="good replies withheld", cases=len(turns), value=withheld / len(turns), at_most=0.01
    )


def _turns(outcomes: Sequence[Outcome]) -> list[Observed]:
    return [turn for outcome in outcomes for turn in outcome.turns]


def _ends_in_words(turn: Observed) -> bool:
    return bool(turn.text.strip()) and any(isinstance(event, ReplyCompleted) for event in turn.events)
