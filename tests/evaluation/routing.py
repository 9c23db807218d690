"""The intent sets and the order number sets."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.router_worker.evaluation.answering import answer_offline
from services.router_worker.evaluation.figures import Figures, figures
from services.router_worker.evaluation.questions import read_questions
from services.router_worker.language_models.classifier import Classifier
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.slots import find_value
from tests.evaluation.measured import Measured

GOLD = Path(__file__).parents[1] / "gold"


@dataclass(frozen=True, kw_only=True)
class IntentSet:
    """A file of questions, and the least accuracy and out-of-scope recall by each kind of classifier."""

    file: str
    title: str
    by_sentences: tuple[float, float]
    by_words: tuple[float, float]


INTENT_SETS = (
    IntentSet(
        file="intents.csv",
        title="our own",
        by_sentences=(0.92, 0.93),
        by_words=(0.85, 0.88),
    ),
    IntentSet(
        file="intents_second.csv",
        title="a second writer's",
        by_sentences=(0.96, 0.95),
        by_words=(0.90, 0.88),
    ),
    IntentSet(
        file="intents_held_out.csv",
        title="held out",
        by_sentences=(0.88, 0.88),
        by_words=(0.78, 0.85),
    ),
)
MOST_MS = 10.0
LEAST_CERTAIN = 0.985


async def intents(books: Phrasebooks, classifier: Classifier, *, sentences: bool) -> list[Measured]:
    """Every set of questions with one kind of classifier."""
    model = OfflineModel(books=books, classifiers={book.language: classifier for book in books})
    kind = "sentence vectors" if sentences else "words"
    rows: list[Measured] = []
    for each in INTENT_SETS:
        questions, problems = read_questions(GOLD / each.file, books.english.catalogue.names)
        if problems:
            raise ValueError(problems)
        measured = figures(await answer_offline(questions, model))
        least = each.by_sentences if sentences else each.by_words
        rows += _rows(f"intents by {kind}, {each.title}", measured, least)
    return rows


def _rows(title: str, measured: Figures, least: tuple[float, float]) -> Iterator[Measured]:
    cases = measured.questions
    accuracy, recall = least
    yield Measured(
        of=title, what="accuracy in scope", cases=cases, value=measured.accuracy or 0, at_least=accuracy
    )
    yield Measured(
        of=title,
        what="out of scope recognised",
        cases=cases,
        value=measured.out_of_scope_recall or 0,
        at_least=recall,
    )
    yield Measured(of=title, what="routing calls saved", cases=cases, value=measured.saved)
    yield Measured(
        of=title,
        what="right where a call is saved",
        cases=round(measured.saved * cases),
        value=measured.saved_precision or 0,
        at_least=LEAST_CERTAIN,
    )
    yield Measured(of=title, what="p50 of one routing", cases=cases, value=measured.latency_p50_ms, unit="ms")


def order_numbers(books: Phrasebooks) -> Iterator[Measured]:
    """Numbers told from amounts, dates, streets and other numbers."""
    slot = books.english.catalogue.slots["order_id"]
    for file in ("order_ids.csv", "order_ids_adversarial.csv"):
        with (GOLD / file).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found = [find_value(slot, row["text"], asked=row["asked"] == "yes") or "" for row in rows]
        right = sum(value == row["order_id"] != "" for value, row in zip(found, rows, strict=True))
        told, given = sum(map(bool, found)), sum(bool(row["order_id"]) for row in rows)
        title = "order numbers" + (", adversarial" if "adversarial" in file else "")
        yield Measured(of=title, what="precision", cases=told, value=right / told, at_least=0.98)
        yield Measured(of=title, what="recall", cases=given, value=right / given, at_least=0.98)
