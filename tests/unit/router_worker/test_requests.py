import pytest

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.classifier import Guess
from services.router_worker.requests import requests_in, several_wanted, without_address

CATALOGUE = IntentCatalogue.load()
KEYS = {"order": "order_status", "return": "refund_or_return", "ship": "shipping", "person": "talk_to_person"}


def guess(text: str) -> Guess:
    """Goes by a word, which is all that matters here."""
    intent = next((intent for word, intent in KEYS.items() if word in text), "out_of_scope")
    return Guess(intent=intent, confidence=0.9)


def wanted(*texts: str) -> list[tuple[str, str]]:
    return [(each.intent, each.text) for each in several_wanted(texts, guess, CATALOGUE)]


@pytest.mark.parametrize(
    "text",
    [
        "where is order 1042 and what is your return policy?",
        "where is order 1042? what is your return policy?",
        "where is order 1042, what is your return policy?",
        "where is order 1042\nwhat is your return policy?",
    ],
)
def test_two_questions_are_told_apart_each_with_its_words(text: str) -> None:
    [(first, order), (second, policy)] = wanted(text)
    assert (first, second) == ("order_status", "refund_or_return")
    assert order.startswith("where is order 1042")
    assert policy == "what is your return policy?"


def test_messages_of_a_burst_are_told_apart() -> None:
    assert [intent for intent, _ in wanted("hi", "where is my order", "do you ship abroad?")] == [
        "order_status",
        "shipping",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "where is my order?",
        "where is order 1042? I want to know where that order is",
        "I ordered boots last week. They are too small. I want to return them.",
        "where is order no. 1042 please",
        "where is my order? my mail is ada@return.example",
    ],
)
def test_one_request_is_one_however_long_it_is(text: str) -> None:
    assert wanted(text) == []


def test_a_request_is_found_beside_other_words() -> None:
    [request] = requests_in(["thanks a lot! where is order 1042?"], guess, CATALOGUE)
    assert (request.intent, request.text) == ("order_status", "thanks a lot! where is order 1042?")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("where is order 1042, my email is ada@example.com", "where is order 1042"),
        ("where is it ada@example.com", "where is it "),
        ("order 1042 with mail address ada@example.com please", "order 1042 please"),
        ("I changed my address", "I changed my address"),
    ],
)
def test_an_address_says_nothing_about_what_is_wanted(text: str, rest: str) -> None:
    assert without_address(text) == rest
