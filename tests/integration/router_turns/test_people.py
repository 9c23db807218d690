"""Turns that bring in a person."""

from typing import Any

import pytest

from services.router_worker.language_models.protocol import (
    IntentDecision,
    TextDelta,
)
from tests.eventually import eventually
from tests.integration.router_turns.shop import Shop, routes_to, says


@pytest.mark.parametrize(
    "decision", [{"intent": "talk_to_person"}, {"intent": "greeting", "action": "handoff"}]
)
async def test_a_person_is_brought_in_without_asking_the_model_for_words(
    shop: Shop, decision: dict[str, Any]
) -> None:
    shop.model.decide = lambda _: IntentDecision(confidence=1.0, **decision)

    assert "person" in await shop.client.ask("a human please")
    assert shop.model.replied == []
    [handoff] = [event for event in shop.client.events if event.get("name") == "handoff"]
    assert handoff["value"]["reason"] == "customer_asked"
    assert [e["reason"] for e in await shop.events() if e["type"] == "HandoffRequested"] == ["customer_asked"]


async def test_an_address_is_asked_for_when_nobody_is_there_and_told_to_the_team(shop: Shop) -> None:
    shop.model.decide = lambda request: IntentDecision(
        intent="talk_to_person",
        confidence=1.0,
        action="handoff",
        slots={"contact_email": "ada@example.com"} if request.pending else {},
    )

    assert "e-mail" in await shop.client.ask("a human please")
    assert "**ada@example.com**" in await shop.client.ask("ada@example.com")
    told = [e for e in await shop.events() if e["type"] in {"HandoffRequested", "ContactLeft"}]
    assert [event["type"] for event in told] == ["HandoffRequested", "ContactLeft"]
    assert told[0]["summary"].endswith("Last words: a human please")
    assert told[1]["email"] == "ada@example.com"


async def test_an_offered_person_comes_on_a_bare_yes_without_asking_the_model(shop: Shop) -> None:
    shop.model.decide = routes_to("product_or_policy")
    shop.model.script = says(TextDelta(text="I am not sure."))
    await shop.client.say("do you ship to the moon?")
    await shop.complete(await shop.tool_request(), result={"known": False, "results": []})
    await eventually(lambda: shop.client.finished)
    assert "Would you like me to bring in a person?" in next(iter(shop.client.replies.values()))

    await shop.client.ask("yes please")

    assert len(shop.model.routed) == 1
    [handoff] = [e for e in await shop.events() if e["type"] == "HandoffRequested"]
    assert handoff["reason"] == "missing_knowledge"
    assert "do you ship to the moon?" in handoff["summary"]


async def test_a_slot_is_asked_for_three_times_and_then_a_person_is_brought_in(shop: Shop) -> None:
    shop.model.decide = routes_to("order_status")
    answers = [await shop.client.ask(f"try {number}") for number in range(4)]

    assert answers[0] != answers[1] == answers[2]
    assert "person" in answers[3]
    assert [e["reason"] for e in await shop.events() if e["type"] == "HandoffRequested"] == [
        "unresolved_slot"
    ]
