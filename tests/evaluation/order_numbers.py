"""Order numbers told from amounts, dates, streets and other numbers."""

import csv
from collections.abc import Iterator

from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.slots import find_value
from tests.evaluation.gold import FOLDER
from tests.evaluation.measured import Measured

SETS = {"order numbers": "order_ids.csv", "order numbers, adversarial": "order_ids_adversarial.csv"}
LEAST = 0.98


def order_numbers(books: Phrasebooks) -> Iterator[Measured]:
    """How many of those found are right, and how many of those given are found."""
    slot = books.english.catalogue.slots["order_id"]
    for title, file in SETS.items():
        with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found = [find_value(slot, row["text"], asked=row["asked"] == "yes") or "" for row in rows]
        right = sum(value == row["order_id"] != "" for value, row in zip(found, rows, strict=True))
        told, given = sum(map(bool, found)), sum(bool(row["order_id"]) for row in rows)
        yield Measured(of=title, what="precision", cases=told, value=right / told, at_least=LEAST)
        yield Measured(of=title, what="recall", cases=given, value=right / given, at_least=LEAST)
