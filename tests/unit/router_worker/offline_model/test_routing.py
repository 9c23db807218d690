"""What the offline model makes of messages, by words alone."""

from typing import Any

import pytest

from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import (
    IntentDecision,
    PendingQuestion,
    RouteRequest,
)

ASKED = PendingQuestion(intent="order_status", slot="order_id", asked=1)


def decided(model: OfflineModel, *texts: str, **fields: Any) -> IntentDecision:
    return model.decide(RouteRequest(texts=texts, **fields))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hi", "greeting"),
        ("where is my order", "order_status"),
        ("What is your return policy?", "refund_or_return"),
        ("how long does shipping take", "shipping"),
        ("I want to talk to a real person", "talk_to_person"),
        ("what's the weather on Mars", "out_of_scope"),
        ("asdf qwertz", "out_of_scope"),
        ("", "out_of_scope"),
    ],
)
def test_a_message_is_routed_by_what_it_resembles(model: OfflineModel, text: str, intent: str) -> None:
    assert decided(model, text).intent == intent


def test_the_wish_for_a_person_is_told(model: OfflineModel) -> None:
    assert decided(model, "give me a human please").action == "handoff"
    assert decided(model, "hi").action == "answer"


def test_several_messages_are_routed_together(model: OfflineModel) -> None:
    assert decided(model, "hi", "where is my order", "#1043") == IntentDecision(
        intent="order_status", confidence=decided(model, "hi", "where is my order", "#1043").confidence,
        slots={"order_id": "1043"}, action="call_tool",
    )  # fmt: skip


def test_an_order_number_alone_asks_for_that_order(model: OfflineModel) -> None:
    decision = decided(model, "#W2378156")
    assert (decision.intent, decision.slots) == ("order_status", {"order_id": "W2378156"})


def test_a_value_answers_the_pending_question(model: OfflineModel) -> None:
    decision = decided(model, "it is 1043", pending=ASKED)
    assert (decision.intent, decision.slots) == ("order_status", {"order_id": "1043"})


@pytest.mark.parametrize("text", ["12", "AB-77", "abcdef"])
def test_a_wrong_value_stays_with_the_pending_question(model: OfflineModel, text: str) -> None:
    decision = decided(model, text, pending=ASKED)
    assert (decision.intent, decision.slots) == ("order_status", {})


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I don't have it", "missing_order_number"),
        ("never mind", "never_mind"),
        ("how long do refunds take?", "refund_or_return"),
        ("what's the weather on Mars", "out_of_scope"),
    ],
)
def test_something_else_leaves_the_pending_question(model: OfflineModel, text: str, intent: str) -> None:
    decision = decided(model, text, pending=ASKED)
    assert (decision.intent, decision.slots) == (intent, {})


def test_a_correction_gives_the_new_value(model: OfflineModel) -> None:
    assert decided(model, "no, I meant 1044", slots={"order_id": "1043"}).slots == {"order_id": "1044"}


async def test_routing_is_accounted_for_without_tokens(model: OfflineModel) -> None:
    (usage,) = (await model.route(RouteRequest(texts=("hi",)))).usage
    assert (usage.model, usage.outcome, usage.input_tokens, usage.output_tokens) == (
        "offline",
        "ok",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Wo ist meine Bestellung?", "order_status"),
        ("wann kommt denn mein paket", "order_status"),
        ("Ich möchte mit einem Menschen sprechen.", "talk_to_person"),
        ("Kann ich noch stornieren?", "cancel_order"),
        ("Guten Tag", "greeting"),
        ("vielen Dank!", "thanks"),
    ],
)
def test_german_is_understood_on_a_german_page(model: OfflineModel, text: str, intent: str) -> None:
    assert decided(model, text, language="de").intent == intent


def test_english_is_understood_on_a_german_page(model: OfflineModel) -> None:
    assert decided(model, "Where is my order?", language="de").intent == "order_status"


def test_an_order_s_number_is_read_out_of_german_words(model: OfflineModel) -> None:
    assert decided(model, "Was ist mit der Bestellung 1043?", language="de").slots == {"order_id": "1043"}


@pytest.mark.parametrize("text", ["12", "12345", "0815/4711", "?"])
def test_what_has_no_words_is_taken_for_an_answer_to_the_question(model: OfflineModel, text: str) -> None:
    assert decided(model, text, pending=ASKED).intent == "order_status"
