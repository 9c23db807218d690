"""Half of all calls fail, in every way in which servers were seen to fail."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from openai import AsyncOpenAI

from services.router_worker.claims.wordings import wordings
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.factory import build_offline_model
from services.router_worker.language_models.fallback import FallbackModel
from services.router_worker.language_models.openai import OpenAIModel
from services.router_worker.language_models.prices import Prices
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from services.router_worker.tools import tools
from services.shared.events import ModelCalled, ModelSwitched, ReplyCompleted
from tests.dialogues.runner import converse
from tests.scripted_openai import Mode, Script, running

FAILURES: tuple[Mode, ...] = (
    "http_429", "http_500", "slow_down", "html", "broken_json", "error_in_200", "no_choices", "drop", "empty", "hang",
    "cut", "cut_early", "garbage_in_stream", "error_in_stream", "bad_tool_arguments", "unknown_intent", "prose",
    "http_401", "no_usage", "length",
)  # fmt: skip
TURNS = 50
LONGEST_SECONDS = 45
SAID = ("where is my order 1042", "do you ship to France", "hello", "I want to return my jacket")


@pytest.fixture(scope="module")
def books() -> Phrasebooks:
    wordings()  # as at the start of a worker
    return Phrasebooks.load(IntentCatalogue.load())


def half_of_them_fail(script: Script) -> None:
    modes = [mode for failure in FAILURES for mode in (failure, "ok")]
    script.next_modes.extend(modes * 50)  # type: ignore[arg-type]


def openai_model(url: str, name: str, books: Phrasebooks, **fields: Any) -> OpenAIModel:
    return OpenAIModel(
        client=AsyncOpenAI(api_key="none", base_url=url, max_retries=0, timeout=1.0),
        model=name,
        catalogue=books.english.catalogue,
        tools=tools(),
        timeout=timedelta(seconds=2),
        **fields,
    )


@pytest.mark.timeout(300)
async def test_every_turn_ends_well_and_every_call_is_on_the_account(books: Phrasebooks) -> None:
    offline = build_offline_model(
        RouterSettings(_env_file=None, offline_pace_ms=0, classifier="words"), books
    )
    first, second = Script(), Script()
    half_of_them_fail(first)
    half_of_them_fail(second)
    async with running(first) as one, running(second) as two:
        models = [openai_model(one, "primary", books), openai_model(two, "secondary", books), offline]
        model, turns, longest = FallbackModel(models), [], 0.0
        for number in range(TURNS):
            began = time.monotonic()
            turns += await converse([SAID[number % len(SAID)]], model, books, customer="cus_ada")
            longest = max(longest, time.monotonic() - began)

    events = [event for turn in turns for event in turn.events]
    ended = [turn for turn in turns if any(isinstance(event, ReplyCompleted) for event in turn.events)]
    called = Counter(event.model for event in events if isinstance(event, ModelCalled))
    assert len(ended) >= 0.99 * TURNS
    assert longest < LONGEST_SECONDS
    assert (called["primary"], called["secondary"]) == (len(first.journal), len(second.journal))
    assert all(
        sum(isinstance(e, ModelCalled) and e.model != "offline" for e in turn.events) <= 6 for turn in turns
    )
    switches = [event for event in events if isinstance(event, ModelSwitched)]
    assert {"primary", "secondary"} >= {switch.from_model for switch in switches} >= {"primary"}
    assert all(switch.reason for switch in switches)


async def test_a_call_is_tried_twice_at_most(books: Phrasebooks) -> None:
    script = Script()
    script.next_modes.extend(["http_500"] * 50)  # type: ignore[list-item]
    offline = build_offline_model(
        RouterSettings(_env_file=None, offline_pace_ms=0, classifier="words"), books
    )
    async with running(script) as url:
        model = FallbackModel([openai_model(url, "primary", books), offline])
        [turn] = await converse(["hello"], model, books)

    failed = Counter(e.purpose for e in turn.events if isinstance(e, ModelCalled) and e.outcome == "http_500")
    assert failed == {"route": 2, "reply": 2}
    assert [(e.purpose, e.to_model, e.reason) for e in turn.events if isinstance(e, ModelSwitched)] == [
        ("route", "offline", "http_500"),
        ("reply", "offline", "http_500"),
    ]


async def test_what_a_call_costs_is_told_when_prices_and_counts_are_known(books: Phrasebooks) -> None:
    script = Script()
    script.next_modes.extend(["ok", "no_usage"])  # type: ignore[list-item]
    async with running(script) as url:
        model = openai_model(url, "paid", books, prices=Prices(input=2.0, output=10.0))
        [turn] = await converse(["hello"], model, books)

    route, reply = [event for event in turn.events if isinstance(event, ModelCalled)]
    assert route.cost_usd == pytest.approx((120 * 2.0 + 30 * 10.0) / 1_000_000)
    assert (reply.input_tokens, reply.output_tokens, reply.cost_usd) == (None, None, None)
