import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.cli import orders_file
from services.cli.orders_file import LONGEST_LINE, Line, Problems, read_lines

DOCS = Path(orders_file.__file__).parents[2] / "docs" / "orders.md"

GOOD: dict[str, Any] = {
    "order_id": "#w2378156",
    "customer": {"customer_id": "c1", "email": " Ada@Example.com "},
    "status": "delivered",
    "placed_at": "2026-11-17T14:38:00Z",
    "items": [{"name": "Chair", "quantity": 1, "unit_price": 47.84}],
    "total": "47.84",
    "currency": "USD",
}


def read(content: bytes) -> tuple[list[Line], list[str]]:
    problems = Problems(file="o.jsonl")
    return list(read_lines(io.BytesIO(content), problems)), problems.first


def encoded(**changed: object) -> bytes:
    return json.dumps(GOOD | changed).encode()


def test_a_good_line_is_read_with_its_number_and_address_in_their_one_form() -> None:
    (line,), problems = read(encoded())
    assert problems == []
    assert line.order
    assert (line.order.order_id, line.customer.email) == ("W2378156", "ada@example.com")
    assert line.order.items[0].unit_price == Decimal("47.84")


def test_a_line_may_have_a_customer_alone() -> None:
    (line,), problems = read(b'{"customer": {"customer_id": "c1", "email": "ada@example.com"}}')
    assert (line.order, problems) == (None, [])


def test_byte_order_mark_windows_line_ends_empty_lines_and_a_missing_last_one_do_no_harm() -> None:
    lines, problems = read(b"\xef\xbb\xbf" + encoded() + b"\r\n\r\n \n" + encoded(order_id="W1"))
    assert [line.number for line in lines] == [1, 4]
    assert problems == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"order_id": "10 42"}, "order_id: is not an order number such as 1042"),
        ({"order_id": 1042}, "order_id: is not text: write it in quotes; it is 1042"),
        ({"customer": []}, "customer: is not an object"),
        ({"customer": {"customer_id": "c1"}}, "customer.email: is missing: add it"),
        ({"customer": {"customer_id": "", "email": "a@b.de"}}, "customer.customer_id: is empty"),
        ({"customer": {"customer_id": "c1", "email": "ada"}}, "customer.email: is not an e-mail address"),
        ({"placed_at": "2026-11-17T14:38:00"}, "placed_at: has no offset from UTC"),
        ({"placed_at": 1763390280}, "placed_at: is not a time"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at: is not a time between 1970 and 2200"),
        ({"items": {}}, "items: is not a list"),
        (
            {"items": [{"name": "A", "quantity": "1", "unit_price": 1}]},
            "items.0.quantity: is not a whole number",
        ),
        ({"items": [{"name": "A", "quantity": 0, "unit_price": 1}]}, "items.0.quantity: should be greater"),
        ({"items": [{"name": "A", "quantity": 10**9, "unit_price": 1}]}, "items.0.quantity: should be less"),
        (
            {"items": [{"name": "A\0", "quantity": 1, "unit_price": 1}]},
            "items.0.name: has control characters",
        ),
        ({"items": [{"name": "A", "quantity": 1, "unit_price": 1, "sku": "a"}]}, "items.0.sku: is not known"),
        ({"total": "47.845"}, "total: should have no more than 2 decimal places"),
        ({"total": "99999999999.00"}, "total: should have no more than 10 digits before"),
        ({"total": "NaN"}, "total: should be a finite number"),
        ({"currency": "usd"}, "currency: should match pattern"),
        ({"carier": "UPS"}, "carier: is not known: remove it, or correct its name"),
    ],
)
def test_a_wrong_field_is_named_with_file_and_line_and_what_to_do(
    changed: dict[str, Any], problem: str
) -> None:
    lines, problems = read(encoded(order_id="W1") + b"\n" + encoded(**changed))
    assert [line.number for line in lines] == [1]
    assert len(problems) == 1
    assert problems[0].startswith(f"o.jsonl:2: {problem}")


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe{\x00}\x00", b'{"a": "\\ud800"}', b"NaN", b"order 1042"])
def test_what_is_not_json_is_told(text: bytes) -> None:
    _, (problem,) = read(text)
    assert problem.startswith("o.jsonl:1: line: is not JSON (")


@pytest.mark.parametrize("text", [b"[]", b"null", b'"1042"', b"1042"])
def test_json_that_is_no_object_is_told(text: bytes) -> None:
    assert read(text) == ([], ["o.jsonl:1: line: is not an object: write it in {braces}"])


def test_a_line_that_is_too_long_is_skipped_and_the_next_one_read() -> None:
    lines, problems = read(b"x" * (3 * LONGEST_LINE) + b"\n" + encoded())
    assert [line.number for line in lines] == [2]
    assert problems == ["o.jsonl:1: line: is longer than 1 MiB: write one order a line"]


def test_the_line_that_the_document_shows_is_a_good_one() -> None:
    (shown,) = re.findall(r"```json\n(.+)\n```", DOCS.read_text(encoding="utf-8"))
    lines, problems = read(shown.encode())
    assert problems == []
    assert lines[0].order
