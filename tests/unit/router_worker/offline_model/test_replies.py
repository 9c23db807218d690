"""What the offline model says about what tools have found."""

from typing import Any

import pytest

from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import (
    HistoryMessage,
    ReplyRequest,
    TextDelta,
    ToolStep,
    Usage,
)

ORDER = {
    "order_id": "1043",
    "status": "shipped",
    "placed_at": "2026-11-12T10:00:00Z",
    "shipped_at": "2026-11-14T10:00:00Z",
    "expected_at": "2026-11-24T10:00:00Z",
    "delivered_at": None,
    "carrier": "UPS",
    "tracking_number": "1Z999",
    "items": [{"name": "Wool hat", "quantity": 2, "unit_price": "24.00"}],
    "more_items": 0,
    "total": "1248.00",
    "currency": "USD",
}


SECTIONS = [
    {
        "section_id": "returns#how-long",
        "title": "How long you have",
        "text": "You have 30 days.",
        "score": 9.0,
    },
    {
        "section_id": "returns#label",
        "title": "Returns",
        "heading_path": ["Returns", "Return label"],
        "text": "Print it at home.",
        "score": 8.5,
    },
    {"section_id": "sizes#hats", "title": "Hats", "text": "One size.", "score": 2.0},
]


async def reply(model: OfflineModel, intent: str, *steps: ToolStep, **fields: Any) -> str:
    request = ReplyRequest(texts=("?",), intent=intent, steps=steps, **fields)
    return "".join([part.text async for part in model.reply(request) if isinstance(part, TextDelta)])


def order_step(**fields: Any) -> ToolStep:
    return ToolStep(call_id="c", tool="get_order", arguments={"order_id": "1043"}, **fields)


def knowledge_step(sections: list[dict[str, Any]]) -> ToolStep:
    result = {"known": bool(sections), "results": sections}
    return ToolStep(
        call_id="k", tool="knowledge_search", arguments={"query": "?"}, status="ok", result=result
    )


async def test_an_order_is_told_in_words(model: OfflineModel) -> None:
    text = await reply(model, "order_status", order_step(status="ok", result={"order": ORDER}))
    assert text.startswith("Order **1043** is on its way.")
    for fact in ("should arrive by Tuesday, 24 November 2026", "UPS", "`1Z999`"):
        assert fact in text
    assert "None" not in text


@pytest.mark.parametrize(
    "status",
    [
        "awaiting_payment", "processing", "packed", "partially_shipped", "shipped", "out_for_delivery", "delayed",
        "delivered", "cancelled", "returned", "refunded", "held_at_customs",
    ],
)  # fmt: skip
async def test_every_status_makes_a_sentence(model: OfflineModel, status: str) -> None:
    text = await reply(
        model, "order_status", order_step(status="ok", result={"order": {**ORDER, "status": status}})
    )
    first = text.splitlines()[0]
    assert first.startswith("Order **1043** ")
    assert first.endswith(".")
    assert "_" not in first


async def test_a_delivered_order_is_not_said_to_be_expected(model: OfflineModel) -> None:
    order = {**ORDER, "status": "delivered", "delivered_at": "2026-11-23T09:00:00Z"}
    text = await reply(model, "order_status", order_step(status="ok", result={"order": order}))
    assert "It arrived on Monday, 23 November 2026" in text
    assert "should arrive" not in text


def orders_step(*orders: dict[str, Any], more: int = 0) -> ToolStep:
    result = {"orders": list(orders), "more_orders": more}
    return ToolStep(call_id="c", tool="list_my_orders", arguments={}, status="ok", result=result)


async def test_a_list_of_orders_is_told_line_by_line_with_the_number_of_the_rest(model: OfflineModel) -> None:
    older = {**ORDER, "order_id": "1042", "status": "delivered", "placed_at": "2026-10-01T09:00:00Z"}
    text = await reply(model, "order_status", orders_step(ORDER, older, more=3))
    lines = text.split("\n\n")[1].splitlines()
    assert lines == ["- **1043** is on its way.", "- **1042** has been delivered."]
    assert text.endswith("not listed: 3.")


async def test_a_customer_without_orders_is_told_so(model: OfflineModel) -> None:
    assert "no orders" in await reply(model, "order_status", orders_step())


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("email_needed", "e-mail address"),
        ("too_many_tries", "too many tries"),
        ("sign_in_needed", "signed in"),
    ],
)
async def test_a_refusal_says_what_is_missing(model: OfflineModel, code: str, word: str) -> None:
    step = order_step(status="refused", error_code=code, error_message="No.")
    assert word in await reply(model, "order_status", step)


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (1, "try again in a minute.", "es in einer Minute wieder."),
        (61, "try again in 2 minutes.", "es in 2 Minuten wieder."),
        (15 * 60, "try again in 15 minutes.", "es in 15 Minuten wieder."),
        (24 * 3600, "try again in 24 hours.", "es in 24 Stunden wieder."),
        (None, "try again later.", "es später wieder."),
    ],
)
async def test_a_locked_look_up_says_for_how_long(
    model: OfflineModel, seconds: int | None, english: str, german: str
) -> None:
    step = order_step(status="refused", error_code="too_many_tries", retry_after_seconds=seconds)
    assert english in await reply(model, "order_status", step)
    assert german in await reply(model, "order_status", step, language="de")


async def test_an_unknown_order_is_asked_for_again(model: OfflineModel) -> None:
    step = order_step(status="refused", error_code="order_not_found", error_message="There is no order 1043.")
    text = await reply(model, "order_status", step)
    assert "**1043**" in text
    assert "check the number" in text


async def test_a_failed_tool_is_no_secret(model: OfflineModel) -> None:
    text = await reply(
        model, "order_status", order_step(status="failed", error_code="order_source_unavailable")
    )
    assert "could not look that up" in text


async def test_the_best_section_is_quoted_and_good_ones_are_named(model: OfflineModel) -> None:
    text = await reply(model, "refund_or_return", knowledge_step(SECTIONS))
    assert text == "You have 30 days. [1]\n\nSee also: Return label [2]."


async def test_marks_count_the_sections_of_all_searches(model: OfflineModel) -> None:
    text = await reply(model, "shipping", knowledge_step(SECTIONS[:1]), knowledge_step(SECTIONS[2:]))
    assert text == "You have 30 days. [1]\n\nOne size. [2]"


async def test_a_long_section_is_cut_between_paragraphs(model: OfflineModel) -> None:
    paragraphs = [f"{number} " + "word " * 100 for number in range(6)]
    section = {**SECTIONS[0], "text": "## How long\n\n" + "\n\n".join(paragraphs)}
    text = await reply(model, "shipping", knowledge_step([section]))
    assert text.startswith("0 word")
    assert text.endswith("word … [1]")
    assert len(text) < 1_300


async def test_an_unknown_answer_is_not_guessed(model: OfflineModel) -> None:
    text = await reply(model, "shipping", knowledge_step([]))
    assert "not sure" in text


async def test_no_cancellation_is_promised(model: OfflineModel) -> None:
    text = await reply(model, "cancel_order", knowledge_step(SECTIONS))
    assert "I cannot cancel an order myself" in text


async def test_the_intents_own_texts_take_turns(model: OfflineModel) -> None:
    said = HistoryMessage(role="assistant", text="Hello!")
    assert await reply(model, "greeting") != await reply(model, "greeting", history=(said,))


async def test_a_reply_is_streamed_in_pieces_and_ends_with_its_account(model: OfflineModel) -> None:
    parts = [part async for part in model.reply(ReplyRequest(texts=("hi",), intent="out_of_scope"))]
    assert len(parts) > 5
    assert all(isinstance(part, TextDelta) and len(part.text) < 60 for part in parts[:-1])
    assert isinstance(parts[-1], Usage)


async def test_an_order_is_told_in_german_with_german_dates(model: OfflineModel) -> None:
    step = order_step(status="ok", result={"order": ORDER})
    text = await reply(model, "order_status", step, language="de")
    assert "Die Bestellung **1043** ist unterwegs zu Ihnen." in text
    assert "Sie hat unser Lager am Samstag, 14. November 2026 verlassen." in text
