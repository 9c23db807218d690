"""A turn from the customer's message to its end, in an answer or in an apology."""

from typing import Any

import pytest

from services.router_worker.language_models.protocol import (
    ModelError,
    RouteRequest,
    TextDelta,
)
from services.shared.streams import CHAT_REPLIES
from tests.integration.router_turns.shop import Shop, routes_to, says


async def test_a_run_is_shown_from_its_start_to_its_end(shop: Shop) -> None:
    assert await shop.client.ask("hello") == "You said: hello"

    kinds = [event.get("name", event["type"]) for event in shop.client.events]
    texts = kinds.count("TEXT_MESSAGE_CONTENT")
    assert kinds == [
        "message.accepted",
        "RUN_STARTED",
        "status",
        "TEXT_MESSAGE_START",
        *["TEXT_MESSAGE_CONTENT"] * texts,
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]
    [accepted, started, *_, finished] = shop.client.events
    assert finished["runId"] == started["runId"]
    assert finished["result"]["in_reply_to"] == [accepted["value"]["message_id"]]


async def test_what_happened_in_a_turn_is_told_in_events(shop: Shop) -> None:
    await shop.client.ask("hello")

    calls, routed, replied, completed = [event["type"] for event in await shop.events()]
    assert [calls, routed, replied, completed] == [
        "ModelCalled",
        "IntentRouted",
        "ModelCalled",
        "ReplyCompleted",
    ]
    reply = (await shop.events())[-1]
    [message] = await shop.events("chat.messages.{0}")
    assert reply["text"] == "You said: hello"
    assert reply["in_reply_to"] == [message["message_id"]]
    assert reply["causation_id"] == message["event_id"]
    assert len({event["turn_id"] for event in await shop.events()}) == 1


async def test_the_model_is_told_what_was_said_before(shop: Shop) -> None:
    await shop.client.ask("one")
    await shop.client.ask("two")

    said = [(message.role, message.text) for message in shop.model.replied[-1].history]
    assert said == [("user", "one"), ("assistant", "You said: one")]


@pytest.mark.parametrize(
    "script",
    [
        says(TextDelta(text="Your refund is"), ModelError("cut off")),
        says(ModelError("no answer")),
        says(),
        says(TextDelta(text="  \n")),
    ],
    ids=["cut off", "refused", "empty", "blank"],
)
async def test_a_reply_that_fails_is_replaced_by_an_apology(shop: Shop, script: Any) -> None:
    shop.model.script = script

    answer = await shop.client.ask("hello")

    assert answer.startswith("I am sorry")
    [ended] = shop.client.finished
    [failed] = [event for event in await shop.events() if event["type"] == "ReplyFailed"]
    assert ended["type"] == "RUN_ERROR"
    assert ended["metadata"]["in_reply_to"] == failed["in_reply_to"]
    assert failed["text"] == answer
    shop.model.script = says(TextDelta(text="How can I help you?"))
    assert await shop.client.ask("again") == "How can I help you?"


async def test_a_model_that_cannot_route_ends_in_an_apology(shop: Shop) -> None:
    def decide(_: RouteRequest) -> ModelError:
        return ModelError("no answer")

    shop.model.decide = decide

    assert (await shop.client.ask("hello")).startswith("I am sorry")


async def test_an_intent_that_the_catalogue_does_not_have_is_out_of_scope(shop: Shop) -> None:
    shop.model.decide = routes_to("make_tea")
    await shop.client.ask("tea please")

    assert shop.model.replied[0].intent == "out_of_scope"


async def test_replies_are_recorded_on_the_stream_of_replies_alone(shop: Shop) -> None:
    await shop.client.ask("hello")

    assert {event["type"] for event in await shop.events(CHAT_REPLIES.key(0))} <= {
        kind.__name__ for kind in CHAT_REPLIES.events
    }
