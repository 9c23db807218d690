"""The scripted conversations, and a model that knows every answer."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from openai import AsyncOpenAI

from services.router_worker.evaluation.answering import answer_by_model
from services.router_worker.evaluation.questions import Question, read_questions
from services.router_worker.language_models.openai import OpenAIModel
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.tools import tools
from tests.dialogues.runner import run_dialogues
from tests.evaluation.measured import Measured
from tests.evaluation.routing import GOLD, INTENT_SETS
from tests.scripted_models import scripted_model


async def dialogues(model: LanguageModel, books: Phrasebooks) -> Measured:
    """How many of the scripted conversations go as they should."""
    outcomes = await run_dialogues(model, books)
    passed = sum(outcome.passed for outcome in outcomes)
    return Measured(
        of="scripted conversations, offline",
        what="go as they should",
        cases=len(outcomes),
        value=passed / len(outcomes),
        at_least=1,
    )


async def oracle(books: Phrasebooks) -> Measured:
    """What the way to a model and back loses, when the model is always right."""
    questions = [question for each in INTENT_SETS for question in _questions(each.file, books)]
    with TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.json"
        answers.write_text(json.dumps(dict(_answers(questions))), encoding="utf-8")
        async with scripted_model("oracle", answers) as server:
            client = AsyncOpenAI(api_key="none", base_url=server.base_url, max_retries=0)
            model = OpenAIModel(
                client=client, model="oracle", catalogue=books.english.catalogue, tools=tools()
            )
            given = await answer_by_model(questions, model, at_once=4)
            await client.close()
    right = sum(each.intent == each.question.intent for each in given)
    return Measured(
        of="intents by a model that is always right",
        what="accuracy",
        cases=len(given),
        value=right / len(given),
        at_least=0.99,
    )


def _questions(file: str, books: Phrasebooks) -> Sequence[Question]:
    questions, _ = read_questions(GOLD / file, books.english.catalogue.names)
    return questions


def _answers(questions: Sequence[Question]) -> Iterator[tuple[str, str]]:
    """As `web/test/scripted-models.mjs` looks them up."""
    for question in questions:
        key = json.dumps(["route", question.text, ""], separators=(",", ":"), ensure_ascii=False)
        decision = {"intent": question.intent, "confidence": 0.98, "slots": {}, "action": "answer"}
        yield key, json.dumps(decision)
