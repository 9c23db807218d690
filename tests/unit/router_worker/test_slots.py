import csv
from pathlib import Path

import pytest

from services.router_worker.intent import Slot
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.protocol import PendingQuestion, RouteRequest
from services.router_worker.number_words import digits_for_words
from services.router_worker.slots import expected_slots, find_slots, find_value, given_value

GOLD = Path(__file__).parents[2] / "gold" / "order_ids.csv"


@pytest.fixture(scope="module")
def order_id() -> Slot:
    return IntentCatalogue.load().slots["order_id"]


def test_order_numbers_are_told_from_other_numbers_in_the_gold_set(order_id: Slot) -> None:
    with GOLD.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [find_value(order_id, row["text"], asked=row["asked"] == "yes") for row in rows]
    right = sum(
        value is not None and value == row["order_id"] for value, row in zip(found, rows, strict=True)
    )
    assert len(rows) >= 200
    assert right / sum(value is not None for value in found) >= 0.98
    assert right / sum(row["order_id"] != "" for row in rows) >= 0.98


def test_a_bare_number_counts_only_when_it_was_asked_for(order_id: Slot) -> None:
    assert find_slots([order_id], "1043") == {}
    assert find_slots([order_id], "1043", asked={"order_id"}) == {"order_id": "1043"}


def test_a_bare_number_counts_in_a_short_follow_up_on_a_known_one(order_id: Slot) -> None:
    known = {"order_id": "1042"}
    short = RouteRequest(texts=("no, I meant 1043",), slots=known)
    long = RouteRequest(texts=("I was born in the year when all of 1043 people lived here",), slots=known)
    assert expected_slots(short) == {"order_id"}
    assert expected_slots(long) == frozenset()
    assert find_slots([order_id], short.texts[0], asked=expected_slots(short)) == {"order_id": "1043"}


def test_the_slot_that_was_asked_for_is_expected(order_id: Slot) -> None:
    pending = PendingQuestion(intent="order_status", slot="order_id", asked=1)
    assert expected_slots(RouteRequest(texts=("x",), pending=pending)) == {order_id.name}


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
