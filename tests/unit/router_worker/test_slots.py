import csv
import time
from pathlib import Path

import pytest

from services.router_worker.intent import Slot
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.protocol import PendingQuestion, RouteRequest
from services.router_worker.number_words import digits_for_words
from services.router_worker.slots import (
    expected_slots,
    find_slots,
    find_value,
    find_values,
    given_value,
    without_values,
)

GOLD = Path(__file__).parents[2] / "gold"


@pytest.fixture(scope="module")
def order_id() -> Slot:
    return IntentCatalogue.load().slots["order_id"]


@pytest.mark.parametrize("file", ["order_ids.csv", "order_ids_adversarial.csv"])
def test_order_numbers_are_told_from_other_numbers_in_the_gold_sets(order_id: Slot, file: str) -> None:
    with (GOLD / file).open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    found = [find_value(order_id, row["text"], asked=row["asked"] == "yes") for row in rows]
    right = sum(
        value is not None and value == row["order_id"] for value, row in zip(found, rows, strict=True)
    )
    assert len(rows) >= 200
    assert right / sum(value is not None for value in found) >= 0.98
    assert right / sum(row["order_id"] != "" for row in rows) >= 0.98


@pytest.fixture(scope="module")
def email() -> Slot:
    return IntentCatalogue.load().slots["email"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1042 ada@example.com", "ada@example.com"),
        ("it's Ada.Whitfield+shop@Mail.Example.co.uk.", "ada.whitfield+shop@mail.example.co.uk"),
        ("(ada@example.com)", "ada@example.com"),
        ("mailto:ada@example.com?", "ada@example.com"),
        ("bob@example.com, sorry, ada@example.com", "ada@example.com"),
        ("ada at home", None),
        ("ada@example", None),
        ("@ada on the net", None),
    ],
)
def test_an_address_is_found_wherever_it_stands(email: Slot, text: str, value: str | None) -> None:
    assert find_value(email, text) == value


def test_digits_of_an_address_or_a_link_are_no_order_number(order_id: Slot) -> None:
    for text in ("1042@example.com", "ada.1042@example.com", "https://shop.example/order/1042"):
        assert find_value(order_id, text, asked=True) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("orders 1042 and 1043", ("1042", "1043")),
        ("order 1042, order 1043, order 1042", ("1042", "1043")),
        ("order 1042 and 1043, sorry, 1044", ("1042", "1044")),
        ("not order 1042 but 1043", ("1043",)),
        ("where is my order", ()),
    ],
)
def test_every_value_is_found_once_and_corrections_replace(
    order_id: Slot, text: str, values: tuple[str, ...]
) -> None:
    assert find_values(order_id, text) == values


def test_a_text_is_left_without_its_values(order_id: Slot, email: Slot) -> None:
    assert without_values([order_id, email], "no, ten forty-three and ada@example.com!") == "no,  and !"


def test_a_bare_number_counts_only_when_it_was_asked_for(order_id: Slot) -> None:
    assert find_slots([order_id], "1043") == {}
    assert find_slots([order_id], "1043", asked={"order_id"}) == {"order_id": "1043"}


def test_a_bare_number_counts_in_a_short_follow_up_on_a_known_one(order_id: Slot) -> None:
    known = {"order_id": "1042"}
    short = RouteRequest(texts=("no, I meant 1043",), slots=known)
    long = RouteRequest(texts=("I was born in the year when all of 1043 people lived here",), slots=known)
    assert expected_slots(short, [order_id]) == {"order_id"}
    assert expected_slots(long, [order_id]) == frozenset()
    assert find_slots([order_id], short.texts[0], asked=expected_slots(short, [order_id])) == {
        "order_id": "1043"
    }


def test_a_number_that_is_all_there_is_counts(order_id: Slot) -> None:
    for text, expected in (
        ("1043", {"order_id"}),
        ("and 1043?", {"order_id"}),
        ("I am 1043 years old", set()),
    ):
        assert expected_slots(RouteRequest(texts=(text,)), [order_id]) == expected


def test_the_slot_that_was_asked_for_is_expected(order_id: Slot) -> None:
    pending = PendingQuestion(intent="order_status", slot="order_id", asked=1)
    assert expected_slots(RouteRequest(texts=("where",), pending=pending), []) == {order_id.name}


@pytest.mark.parametrize(
    ("value", "text", "accepted"),
    [
        ("1043", "is 1043 here", "1043"),
        ("1043", "it is ten forty-three", "1043"),
        ("w2378156", "my W 2378156", "W2378156"),
        ("1043", "where is my order", None),
        ("104", "order 104", None),
        ("everything", "everything", None),
    ],
)
def test_a_models_value_is_accepted_only_when_the_customer_said_it(
    order_id: Slot, value: str, text: str, accepted: str | None
) -> None:
    assert given_value(order_id, value, text) == accepted


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("one oh four three", "1043"),
        ("ten forty-three", "1043"),
        ("ten oh nine", "1009"),
        ("one thousand and forty-three", "1043"),
        ("twenty-one hundred", "2100"),
        ("double oh four two", "0042"),
        ("1 0 4 3", "1043"),
        ("it is one two and nothing", "it is 12 and nothing"),
        ("I have one order", "I have one order"),
        ("double trouble and triple joy", "double trouble and triple joy"),
    ],
)
def test_spoken_numbers_are_written_in_digits(said: str, written: str) -> None:
    assert digits_for_words(said) == written


@pytest.mark.parametrize("words", ["order 1042 ", "a.", "invoice no ", " ", "1 0 4 2 ", "my mail is ", "x@"])
def test_the_longest_message_is_read_in_no_time(order_id: Slot, email: Slot, words: str) -> None:
    text = (words * 4_000)[:4_000]
    started = time.perf_counter()
    find_slots([order_id, email], text, asked={"order_id", "email"})
    assert time.perf_counter() - started < 2
