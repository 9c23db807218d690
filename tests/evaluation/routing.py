"""Which intent a question has: by the offline model, and by a model that is always right."""

import json
from collections.abc import Iterator, Sequence

from services.router_worker.evaluation.account import account
from services.router_worker.evaluation.answering import answer_by_model, answer_offline
from services.router_worker.evaluation.figures import Figures, figures
from services.router_worker.evaluation.questions import Question, read_questions
from services.router_worker.intents import OUT_OF_SCOPE
from services.router_worker.language_models.classifier import Classifier
from services.router_worker.language_models.fencing import clean
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from tests.evaluation.gold import GoldSet
from tests.evaluation.measured import Measured, median, shares
from tests.evaluation.scripted import model_at, on_the_account
from tests.scripted_models import oracle

INTENT_SETS = (
    GoldSet(file="intents.csv", title="our own", by_words=(0.91, 0.95), by_meaning=(0.95, 0.96)),
    GoldSet(
        file="intents_second.csv", title="a second writer's", by_words=(0.95, 0.94), by_meaning=(0.97, 0.97)
    ),
    GoldSet(file="intents_held_out.csv", title="held out", by_words=(0.82, 0.91), by_meaning=(0.90, 0.92)),
    GoldSet(file="intents_strangers.csv", title="strangers'", by_words=(0.93, 0.94), by_meaning=(0.96, 0.95)),
    GoldSet(
        file="intents_final.csv", title="the last writer's", by_words=(0.92, 0.92), by_meaning=(0.95, 0.96)
    ),
)
MOST_MS = 10.0
LEAST_CERTAIN = 0.98


async def intents(books: Phrasebooks, classifier: Classifier, *, by_meaning: bool) -> list[Measured]:
    """Every set of questions with one kind of classifier."""
    model = OfflineModel(books=books, classifiers={book.language: classifier for book in books})
    kind = "sentence vectors" if by_meaning else "words"
    rows: list[Measured] = []
    for each in INTENT_SETS:
        questions = _questions(each, books)
        beyond = sum(question.intent == OUT_OF_SCOPE for question in questions)
        measured = figures(await answer_offline(questions, model))
        least = each.by_meaning if by_meaning else each.by_words
        rows += _rows(f"intents by {kind}, {each.title}", measured, beyond, least)
    return rows


async def with_an_oracle(router: RouterSettings, books: Phrasebooks) -> list[Measured]:
    """What the way to a model and back loses."""
    of = "intents by an oracle"
    questions = [question for each in INTENT_SETS for question in _questions(each, books)]
    async with oracle(dict(map(_right_answer, questions))) as server:
        answers = await answer_by_model(questions, model_at(server, router, books), at_once=4)
        right = sum(each.intent == each.question.intent for each in answers)
        accuracy = right / len(answers)
        return [
            Measured(of=of, what="accuracy", cases=len(answers), value=accuracy, at_least=0.99),
            await on_the_account(of, server, account(answers).model_calls),
        ]


def _questions(gold: GoldSet, books: Phrasebooks) -> Sequence[Question]:
    questions, problems = read_questions(gold.path, books.english.catalogue.names)
    if problems:
        raise ValueError(problems)
    return questions


def _right_answer(question: Question) -> tuple[str, str]:
    """As `web/test/scripted-models.mjs` looks it up."""
    key = json.dumps(["route", clean(question.text), ""], separators=(",", ":"), ensure_ascii=False)
    return key, json.dumps({"intent": question.intent, "confidence": 0.98, "slots": {}, "action": "answer"})


def _rows(title: str, measured: Figures, beyond: int, least: tuple[float, float]) -> Iterator[Measured]:
    every, saved = measured.questions, round(measured.saved * measured.questions)
    accuracy, recall = least
    yield from shares(
        title,
        (
            ("accuracy in scope", measured.accuracy, every - beyond, accuracy),
            ("out of scope recognised", measured.out_of_scope_recall, beyond, recall),
            ("routing calls saved", measured.saved, every, None),
            ("right where a call is saved", measured.saved_precision, saved, LEAST_CERTAIN),
        ),
    )
    yield median(title, "routing", every, measured.latency_p50_ms, MOST_MS)
