"""Questions with the right answer, read from a CSV file to measure on."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

_REQUIRED = {"text", "intent"}
_COLUMNS = _REQUIRED | {"order_id"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a customer wrote, its intent, and the order's number in it: empty when there is none.

    Without the column `order_id`, it is None: the file says nothing of numbers.
    """

    text: str
    intent: str
    order_id: str | None = None


def read_questions(path: Path, intents: Collection[str]) -> tuple[list[Question], list[str]]:
    """The rows of a CSV file with the columns text, intent and perhaps order_id, and what is wrong with it.

    Each problem begins `file:line:`; a file without questions is one.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_read(path, file, intents))
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{path}:1: cannot be read: {error}"]
    questions = [row for row in rows if isinstance(row, Question)]
    problems = [row for row in rows if isinstance(row, str)]
    return questions, problems if rows else [f"{path}:2: has no question"]


def _read(path: Path, file: TextIO, intents: Collection[str]) -> Iterator[Question | str]:
    """A question or a problem for each row."""
    reader = csv.DictReader(file, strict=True)
    try:
        columns = set(reader.fieldnames or ())
        if not _REQUIRED <= columns <= _COLUMNS:
            yield f"{path}:1: the columns must be text,intent or text,intent,order_id"
            return
        for row in reader:
            yield _question(row, intents) or f"{path}:{reader.line_num}: {_problem(row, intents)}"
    except csv.Error as error:
        yield f"{path}:{reader.line_num}: is not CSV: {error}"


def _question(row: dict[str, str], intents: Collection[str]) -> Question | None:
    if None in row or None in row.values() or not row["text"].strip() or row["intent"] not in intents:
        return None
    return Question(text=row["text"], intent=row["intent"], order_id=row.get("order_id"))


def _problem(row: dict[str, str], intents: Collection[str]) -> str:
    if None in row or None in row.values():
        return "has another number of values than the first line; a text with a comma needs quotes"
    if not row["text"].strip():
        return "the text is empty"
    return f"{row['intent']!r} is not an intent; there are {', '.join(intents)}"
