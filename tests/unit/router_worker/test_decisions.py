import json

import pytest

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.decisions import read_decision
from services.router_worker.language_models.failures import CallError
from services.router_worker.language_models.protocol import IntentDecision, RouteRequest

CATALOGUE = IntentCatalogue.load()
GOOD = {"intent": "order_status", "confidence": 0.9, "slots": {"order_id": "1043"}, "action": "call_tool"}


def read(content: str, text: str = "where is order 1043") -> IntentDecision:
    return read_decision(content, RouteRequest(texts=(text,)), CATALOGUE)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(GOOD),
        f"Sure, {{here}} it is:\n```json\n{json.dumps(GOOD, indent=2)}\n```\nAnything else?",
        json.dumps({**GOOD, "intent": "Order Status"}),
        json.dumps({**GOOD, "intent": " ORDER-STATUS ", "action": "Call Tool"}),
        json.dumps({**GOOD, "confidence": "0.9", "mood": "fine"}),
        json.dumps({**GOOD, "slots": None}),
        json.dumps({**GOOD, "slots": ["1043"]}),
        json.dumps({**GOOD, "slots": {"order_id": 1043, "size": {"eu": 43}}}),
        json.dumps({**GOOD, "action": "dance"}),
    ],
)
def test_a_decision_is_read_however_it_is_written(content: str) -> None:
    assert read(content) == IntentDecision(
        intent="order_status", confidence=0.9, slots={"order_id": "1043"}, action="call_tool"
    )


@pytest.mark.parametrize("confidence", [None, "high", [1], "NaN", {}])
def test_a_confidence_that_is_no_number_is_a_middling_one(confidence: object) -> None:
    assert read(json.dumps({**GOOD, "confidence": confidence})).confidence == 0.5


@pytest.mark.parametrize(("written", "read_as"), [(7, 1.0), (-3, 0.0), ("85", 1.0)])
def test_a_confidence_is_kept_within_its_bounds(written: object, read_as: float) -> None:
    assert read(json.dumps({**GOOD, "confidence": written})).confidence == read_as


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("order_status", "bad_decision"),
        ("", "bad_decision"),
        ("[]", "bad_decision"),
        ("{" * 5_000, "bad_decision"),
        ("{}", "unknown_intent"),
        (json.dumps({**GOOD, "intent": "sell_the_shop"}), "unknown_intent"),
        (json.dumps({**GOOD, "intent": None}), "unknown_intent"),
    ],
    ids=["bare name", "empty", "list", "nested", "no fields", "unknown", "null"],
)
def test_there_is_no_decision_when_no_intent_is_named(content: str, outcome: str) -> None:
    with pytest.raises(CallError) as refused:
        read(content)
    assert refused.value.outcome == outcome


@pytest.mark.parametrize("invented", ["1044", "customer", "1043 OR 1=1", ""])
def test_a_slot_value_that_the_customer_did_not_give_is_dropped(invented: str) -> None:
    decision = read(json.dumps({**GOOD, "slots": {"order_id": invented}}), "where is my order")
    assert decision.slots == {}


def test_an_intent_that_hands_over_does_so_whatever_action_is_named() -> None:
    decision = read(json.dumps({**GOOD, "intent": "talk_to_person", "action": "answer"}), "a human please")
    assert decision.action == "handoff"
