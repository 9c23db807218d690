"""What may be said and what may not, on lists of sentences written for it."""

from pathlib import Path

import pytest

from services.router_worker.claims.evidence import NOTHING, Evidence
from services.router_worker.claims.examples import example_lines
from services.router_worker.claims.plain_text import plain
from services.router_worker.claims.worded import worded_claim
from services.router_worker.language_models.protocol import ToolStep
from tests.claims import claim_check, found, withheld

LISTS = Path(__file__).parents[3] / "gold"

claim_in = claim_check().claim_in


def lines(name: str) -> list[str]:
    return [line for line in (LISTS / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def quoted(text: str) -> Evidence:
    result = {"results": [{"section_id": "a#1", "title": "Refunds", "text": text}]}
    return Evidence.of(
        [ToolStep(call_id="1", tool="knowledge_search", arguments={}, status="ok", result=result)]
    )


def test_hardly_an_example_of_a_false_promise_passes() -> None:
    promises = list(example_lines(kind="false"))[::16]
    passed = [line for line in promises if not withheld(line)]
    assert len(promises) >= 1000
    assert len(passed) <= len(promises) / 500, passed


def test_hardly_an_example_of_what_may_be_said_is_withheld() -> None:
    sentences = list(example_lines(kind="true"))[::16]
    held = [line for line in sentences if withheld(line)]
    assert len(sentences) >= 1500
    assert len(held) <= len(sentences) / 200, held


@pytest.mark.parametrize("beside", ["", "processing"])
def test_hardly_a_false_promise_passes_that_no_example_was_written_for(beside: str) -> None:
    """Other writers', which nobody has looked at: they are counted, not named."""
    promises = lines("claims_false.txt")
    passed = sum(not withheld(line, beside=beside) for line in promises)
    assert len(promises) >= 900
    assert passed <= len(promises) * 0.015


def test_hardly_a_good_reply_is_withheld_that_no_example_was_written_for() -> None:
    replies = lines("claims_true.txt")
    held = sum(withheld(line) for line in replies)
    assert len(replies) >= 900
    assert held <= len(replies) * 0.02


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("I will transfer you now.", "handoff"),
        ("I've refunded you.", "refund"),
        ("I've cancelled it.", "cancellation"),
        ("I have sent you a return label.", "return"),
        ("A replacement is on its way.", "replacement"),
        ("I have changed your address.", "order_change"),
        ("Your order is on its way.", "shipment"),
    ],
)
def test_a_claim_is_told_by_its_kind(sentence: str, claim: str) -> None:
    assert claim_in(sentence, NOTHING) == claim


def test_what_a_tool_has_found_may_be_stated() -> None:
    sentence = "Your order was cancelled on 3 May."
    assert worded_claim(plain(sentence), found(status="cancelled")) is None
    assert claim_in(sentence, found(status="shipped")) == "cancellation"


@pytest.mark.parametrize(("one", "another"), [("1043", "1044"), ("AB-10431", "AB-10432")])
def test_what_a_tool_has_found_of_one_order_says_nothing_of_another(one: str, another: str) -> None:
    both = [
        ToolStep(
            call_id=number,
            tool="get_order",
            arguments={},
            status="ok",
            result={"order": {"order_id": number, "status": status}},
        )
        for number, status in ((one, "cancelled"), (another, "shipped"))
    ]
    evidence = Evidence.of(both)
    assert claim_in(f"Order {one} has been cancelled.", evidence) is None
    assert claim_in(f"Order {another} has been cancelled.", evidence) == "cancellation"


@pytest.mark.parametrize("number", ["1044", "W2378156"])
def test_of_an_order_that_was_not_looked_up_nothing_may_be_stated(number: str) -> None:
    assert claim_in("Order 1043 has been cancelled.", found(status="cancelled")) is None
    assert claim_in(f"Order {number} has been cancelled.", found(status="cancelled")) == "cancellation"


def test_a_year_is_no_order_that_was_not_looked_up() -> None:
    assert claim_in("Your order was cancelled in March 2026.", found(status="cancelled")) is None


@pytest.mark.parametrize("status", ["processing", "shipped", "delivered"])
@pytest.mark.parametrize(
    "promise",
    [
        "I've processed a partial refund of 35% for the scratched table.",
        "I raised an urgent case with the carrier on your behalf.",
        "The warehouse has been instructed to speed up your parcel.",
        "A voucher code worth 50 pounds will arrive in your mailbox tonight.",
        "Your cancellation request is being processed by our team right now.",
        "Your exchange is confirmed, and the size 42 leaves tomorrow.",
    ],
)
def test_an_order_that_was_looked_up_excuses_no_promise_about_it(promise: str, status: str) -> None:
    assert claim_in(promise, found(status=status))


def test_the_bot_did_nothing_itself_whatever_a_tool_has_found() -> None:
    assert claim_in("I have cancelled your order.", found(status="cancelled")) == "cancellation"


def test_a_refused_call_is_no_evidence() -> None:
    refused = ToolStep(
        call_id="1",
        tool="get_order",
        arguments={},
        status="refused",
        result={"order": {"status": "cancelled"}},
    )
    assert claim_in("Your order was cancelled.", Evidence.of([refused])) == "cancellation"


def test_a_transfer_may_be_announced_when_it_was_asked_for() -> None:
    assert claim_in("I will transfer you to a colleague.", Evidence(handed_off=True)) is None
    assert claim_in("I have refunded you.", Evidence(handed_off=True)) == "refund"


def test_a_policy_may_be_told_as_it_was_found() -> None:
    sentence = "We will refund the full price to your card [1]."
    policy = quoted("If you return an item, we will refund the full price to your card within 5 days.")
    assert claim_in(sentence, policy) is None
    assert claim_in(sentence, quoted("Shipping takes three days.")) == "refund"


@pytest.mark.parametrize(
    "sentence",
    ["word " * 120, "i have " * 80, "your order " * 60, "(" * 600, "a,b" * 200, "ich habe die " * 45],
)
def test_no_text_takes_long_to_check(sentence: str) -> None:
    """Far below the test's own time limit: a pattern that explodes would never end."""
    assert worded_claim(plain(sentence), found(status="cancelled")) is None


@pytest.mark.parametrize(
    ("status", "fact"),
    [
        ("processing", "Your order is being processed."),
        ("shipped", "Your parcel has been dispatched and should arrive on Monday."),
        ("in_transit", "Your order is on its way to you."),
        ("delayed", "I'm sorry, your order is delayed and is now expected on Friday."),
        ("out_for_delivery", "Your order is out for delivery today."),
        ("delivered", "According to our records, your order was delivered on November 12."),
        ("cancelled", "I see that your order was cancelled on November 3."),
        ("returned", "Your return has arrived at our warehouse."),
        ("refunded", "Your refund of $49.90 was issued on November 8."),
        ("exchanged", "Your exchange has been completed."),
    ],
)
def test_how_an_order_stands_may_be_told_in_everyday_words(status: str, fact: str) -> None:
    assert claim_in(fact, found(status=status)) is None


@pytest.mark.parametrize(
    "words",
    [
        "The quick brown fox jumps over the lazy dog.",
        "Lorem ipsum dolor sit amet.",
        "word word word",
        "You said: again",
        "chunk 3 of 5",
        "The match was cancelled because of the snow.",
        "She returned the book on Monday.",
        "I have received your message.",
    ],
)
def test_what_has_nothing_to_do_with_the_customers_matters_may_be_said(words: str) -> None:
    assert claim_in(words, NOTHING) is None
