"""When a person is offered, and what the customer is told when one comes."""

from typing import Any

import pytest

from services.router_worker.conversation import Contact, Conversation, FinishedCall, Question, Turn
from services.router_worker.handoff import hand_over, offered, summary
from services.router_worker.intents import IntentCatalogue
from services.router_worker.phrasebooks import english_book
from services.router_worker.plans import HandOff

BOOK = english_book(IntentCatalogue.load())
ASKED = HandOff(reason="customer_asked", wanted=True)


def after(*calls: FinishedCall, **fields: Any) -> Conversation:
    return Conversation(turn=Turn(intent="shipping", finished=calls, offers="unsupported"), **fields)


def a_call(status: str = "ok", **fields: Any) -> FinishedCall:
    return FinishedCall(call_id="call-1", tool="a_tool", arguments={}, status=status, **fields)


NOTHING = a_call(result={"known": False, "results": []})
FOUND = a_call(result={"known": True, "results": [{}]})


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        (after(a_call("failed", error_code="tool_timeout")), "tool_failure"),
        (after(a_call("refused", error_code="too_many_tries")), "policy"),
        (after(a_call("refused", error_code="order_not_found"), refused=3), "unresolved_slot"),
        (after(a_call("refused", error_code="order_not_found"), refused=1), None),
        (after(NOTHING), "missing_knowledge"),
        (after(NOTHING, FOUND), "unsupported"),
        (after(FOUND), "unsupported"),
        (after(FOUND, question=Question(intent="order_status", slot="order_id", asked=1)), None),
    ],
    ids=[
        "failed",
        "locked",
        "three refusals",
        "one refusal",
        "nothing found",
        "half found",
        "found",
        "asking",
    ],
)
def test_a_person_is_offered_for_what_became_of_the_turn(
    conversation: Conversation, reason: str | None
) -> None:
    assert offered(conversation) == reason


def test_an_address_is_asked_for_when_nobody_is_there() -> None:
    conversation, text = hand_over(after(), ASKED, BOOK, people_available=False)

    assert conversation.question is not None
    assert conversation.question.slot == "contact_email"
    assert text == f"{BOOK.texts.handoff} {BOOK.catalogue.slots['contact_email'].question}"


def test_no_address_is_asked_for_when_somebody_is_there() -> None:
    conversation, text = hand_over(after(), ASKED, BOOK, people_available=True)

    assert (conversation.question, text) == (None, BOOK.texts.handoff)


def test_who_asked_for_a_person_is_not_told_that_the_bot_gives_up() -> None:
    unresolved = HandOff(reason="unresolved_slot")
    wanted = HandOff(reason="unresolved_slot", wanted=True)

    assert hand_over(after(), unresolved, BOOK, people_available=True)[1] == BOOK.texts.unresolved
    assert hand_over(after(), wanted, BOOK, people_available=True)[1] == BOOK.texts.handoff


@pytest.mark.parametrize("contact", [Contact(email="ada@example.com"), Contact(declined=True)])
def test_an_address_is_never_asked_for_twice(contact: Contact) -> None:
    conversation, text = hand_over(after(contact=contact), ASKED, BOOK, people_available=False)

    assert conversation.question is None
    assert contact.email in text


def test_a_person_reads_what_it_is_about_and_not_more() -> None:
    known = after(
        slots={"order_id": "1042"},
        topic="order_status",
        request="where is my parcel",
        doubted={"order_id": "9999"},
    )

    assert summary(known, ["hello", "a person please"]).splitlines() == [
        "Matter: order_status.",
        "Request: where is my parcel",
        "Known: order_id 1042.",
        "Not found: 9999.",
        "Last words: hello / a person please",
    ]
    assert len(summary(known, ["x" * 4_000])) <= 800
