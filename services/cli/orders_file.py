"""The file that `supportbot orders import` reads: one JSON object a line, an order with its customer.

The format is described in docs/orders.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Annotated, Any, TypeAlias

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from services.tools_worker.orders.identifiers import Email
from services.tools_worker.orders.source import OrderFacts, OrderItem

LONGEST_LINE = 1024 * 1024
MOST_SHOWN = 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def _without_control_characters(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("has control characters: remove them")
    return text


_Printable = AfterValidator(_without_control_characters)
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=500), _Printable]

_CLOSED = ConfigDict(extra="forbid", strict=True, frozen=True)


class ImportedCustomer(BaseModel):
    model_config = _CLOSED

    customer_id: Text
    email: Email
    name: Annotated[str, Field(max_length=500), _Printable] = ""


class CustomerLine(BaseModel):
    """A line with a customer who has not ordered yet."""

    model_config = _CLOSED

    customer: ImportedCustomer


class ImportedItem(OrderItem):
    model_config = _CLOSED

    name: Text
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class OrderLine(OrderFacts):
    """A line with an order."""

    model_config = _CLOSED

    customer: ImportedCustomer
    items: tuple[ImportedItem, ...]
    carrier: Text | None = None
    tracking_number: Text | None = None

    @field_validator("*")
    @classmethod
    def _in_our_times(cls, value: Any) -> Any:
        if isinstance(value, datetime) and not 1970 <= value.year < 2200:
            raise ValueError("is not a time between 1970 and 2200: correct the year")
        return value


@dataclass(frozen=True, kw_only=True)
class Line:
    number: int
    customer: ImportedCustomer
    order: OrderLine | None = None


@dataclass(kw_only=True)
class Problems:
    """What is wrong with a file: the first few problems, and how many there are."""

    file: str
    first: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, where: str, what: str) -> None:
        self.count += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append(f"{self.file}:{line}: {where}: {what}")


def read_lines(file: IO[bytes], problems: Problems) -> Iterator[Line]:
    """The good lines of the file; what is wrong with the others is added to `problems`."""
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            problems.add(number, "line", "is longer than 1 MiB: write one order a line")
            _skip_the_rest(raw, file)
        elif text := (raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw).strip():
            try:
                yield _parse(number, text)
            except orjson.JSONDecodeError as error:
                problems.add(
                    number,
                    "line",
                    f"is not JSON ({error.msg}, column {error.colno}): write one object a line, in UTF-8",
                )
            except ValidationError as error:
                for problem in error.errors(include_url=False):
                    where = ".".join(map(str, problem["loc"])) or "line"
                    problems.add(number, where, _explain(problem))


def _skip_the_rest(raw: bytes, file: IO[bytes]) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = file.readline(LONGEST_LINE)


def _parse(number: int, text: bytes) -> Line:
    fields = orjson.loads(text)
    if isinstance(fields, dict) and fields.keys() == {"customer"}:
        return Line(number=number, customer=CustomerLine.model_validate_json(text).customer)
    order = OrderLine.model_validate_json(text)
    return Line(number=number, customer=order.customer, order=order)


# By the kind of problem; of any other kind the library's own words are shown.
_WHAT_TO_DO = {
    "missing": "is missing: add it",
    "extra_forbidden": "is not known: remove it, or correct its name",
    "model_type": "is not an object: write it in {braces}",
    "tuple_type": "is not a list: write it in [brackets]",
    "string_type": "is not text: write it in quotes",
    "int_type": "is not a whole number: write it in digits alone, without quotes",
    "string_too_short": "is empty: write it, or leave the field out where it is optional",
    "timezone_aware": "has no offset from UTC: write it like 2026-11-17T14:38:00Z",
    "datetime_type": "is not a time: write it like 2026-11-17T14:38:00Z",
}


def _explain(problem: ErrorDetails) -> str:
    _, _, library_words = problem["msg"].rpartition(" input ")
    message = library_words.removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    what = _WHAT_TO_DO.get(problem["type"], message)
    if problem["type"] in {"missing", "extra_forbidden", "model_type", "tuple_type"}:
        return what
    return f"{what}; it is {_shown(problem['input'])}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
