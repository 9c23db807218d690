"""What a turn says of the calls that it had no room for."""

from typing import Any

from services.router_worker.conversation import ToolUse
from services.router_worker.intents import IntentCatalogue
from services.router_worker.left_out import left_out
from services.router_worker.phrasebooks import Phrasebooks

BOOKS = Phrasebooks.load(IntentCatalogue.load())
SEARCH = ToolUse(intent="shipping", tool="knowledge_search", arguments={"query": "how much is it?"})


def order(order_id: str, intent: str = "order_status", **more: Any) -> ToolUse:
    return ToolUse(intent=intent, tool="get_order", arguments={"order_id": order_id, **more})


def test_nothing_is_said_when_every_call_was_made() -> None:
    assert left_out((), BOOKS.english) == ""


def test_every_order_that_was_not_looked_up_is_named_once() -> None:
    todo = (order("1005"), order("1006"), order("1005", intent="cancel_order"))

    assert "**1005**, **1006**." in left_out(todo, BOOKS.english)


def test_a_guests_address_is_not_named() -> None:
    said = left_out((order("1005", email="ada@example.com"),), BOOKS.english)

    assert "1005" in said
    assert "ada" not in said


def test_a_question_that_was_not_answered_is_asked_for_again() -> None:
    assert "Not looked up yet: your other questions." in left_out((SEARCH,), BOOKS.english)
    assert "**1005**, your other questions." in left_out((SEARCH, order("1005"), SEARCH), BOOKS.english)


def test_the_words_are_those_of_the_customers_language() -> None:
    assert left_out((order("1005"),), BOOKS.of("de")).startswith("Mehr kann ich auf einmal nicht nachsehen.")


def test_a_long_list_is_named_only_in_part() -> None:
    said = left_out([order(str(number)) for number in range(2001, 2041)], BOOKS.english)

    assert "**2020**, …" in said
    assert "2021" not in said


def test_an_intent_that_was_taken_away_meanwhile_leaves_a_question() -> None:
    assert "your other questions" in left_out((order("1005", intent="gone"),), BOOKS.english)
