"""`supportbot intents eval --model` against servers with OpenAI's chat completions."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.app import app
from tests.scripted_models import oracle
from tests.scripted_openai import Script, running

QUESTIONS = {
    "hello": "greeting",
    "where is my parcel": "order_status",
    "I want a refund for this": "refund_or_return",
    "what does shipping cost": "shipping",
    "who is the president of France": "out_of_scope",
}


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def server(script: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[str]:
    """Its address, as the environment has it; each message goes to the model."""
    monkeypatch.chdir(tmp_path)
    async with running(script) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("OPENAI_MODEL", "scripted/small")
        monkeypatch.setenv("ROUTER_CASCADE", "false")
        monkeypatch.setenv("ROUTER_CLASSIFIER", "words")
        yield url


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.csv"
    file.write_text("text,intent\n" + "".join(f"{text},{intent}\n" for text, intent in QUESTIONS.items()))
    return file


async def evaluated(file: Path, *options: str) -> Result:
    arguments = ["intents", "eval", str(file), "--model", *options]
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, catch_exceptions=False)


@pytest.mark.usefixtures("server")
async def test_the_model_of_the_environment_is_asked_each_question_once(
    script: Script, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_INPUT_PRICE", "2")
    monkeypatch.setenv("OPENAI_OUTPUT_PRICE", "10")

    done = await evaluated(questions, "--min", "1", "--json")

    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (told["accuracy"], told["out_of_scope_recall"], told["saved"]) == (1.0, 1.0, 0.0)
    assert (told["model_calls"], told["failed_calls"], told["failed_questions"]) == (5, 0, 0)
    assert told["cost_usd"] == pytest.approx(5 * (120 * 2 + 30 * 10) / 1_000_000)
    assert [entry["body"]["model"] for entry in script.journal] == ["scripted/small"] * 5


@pytest.mark.usefixtures("server")
async def test_what_the_classifier_is_certain_of_costs_no_call_when_the_cascade_is_on(
    script: Script, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTER_CASCADE", "true")

    told = json.loads((await evaluated(questions, "--json")).stdout)

    assert 0 < told["saved"] < 1
    assert told["model_calls"] == len(script.journal) == round(5 * (1 - told["saved"]))


@pytest.mark.usefixtures("server")
async def test_a_question_is_wrong_and_named_when_its_call_fails(script: Script, questions: Path) -> None:
    script.next_modes.extend(["http_401", "http_500"])

    done = await evaluated(questions, "--at-once", "1", "--min", "0.9")

    assert done.exit_code == 1
    assert "accuracy                  75.0%" in done.stdout
    assert "model calls                   6" in done.stdout
    assert "failed calls                  2" in done.stdout
    assert "cost usd                      -" in done.stdout
    assert "  scripted/small: http_401: hello\n" in done.stdout
    assert "  greeting taken for no answer: 1\n" in done.stdout


async def test_order_numbers_of_the_model_are_measured_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = {"intent": "order_status", "confidence": 0.9, "action": "call_tool"}
    answers = {
        json.dumps(["route", text, ""], separators=(",", ":")): json.dumps(
            {**decision, "slots": {"order_id": number}}
        )
        for text, number in (("where is 1043", "1043"), ("is 1042 on its way or 1053", "1053"))
    }
    questions = tmp_path / "questions.csv"
    questions.write_text(
        "text,intent,order_id\nwhere is 1043,order_status,1043\nis 1042 on its way or 1053,order_status,1042\n"
    )
    monkeypatch.chdir(tmp_path)
    async with oracle(answers) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_MODEL", "oracle")
        monkeypatch.setenv("ROUTER_CASCADE", "false")
        told = json.loads((await evaluated(questions, "--json")).stdout)
        calls = len(await server.journal())

    assert (told["accuracy"], told["slot_precision"], told["slot_recall"]) == (1.0, 0.5, 0.5)
    assert (told["model_calls"], told["failed_questions"]) == (calls, 0) == (2, 0)
