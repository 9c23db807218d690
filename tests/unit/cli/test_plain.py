"""Answers as plain text."""

from services.cli.answers import Answer
from services.cli.plain import plain_answer

ORDER = {
    "order_id": "1042",
    "status": "out_for_delivery",
    "placed_at": "2026-11-17T10:00:00Z",
    "shipped_at": None,
    "carrier": "UPS",
    "tracking_number": "1Z8",
    "items": [{"quantity": 2, "name": "Trail Socks"}],
    "more_items": 3,
    "total": "227.00",
    "currency": "USD",
}


def test_text_cards_and_sources_stand_apart() -> None:
    citation = {
        "number": 1,
        "section_id": "returns#policy",
        "title": "Returns",
        "heading_path": ["Returns", "Policy"],
    }
    answer = Answer(
        texts={"a": "It is near. [1]"}, orders={"o": ORDER}, citations={"a:citations": [citation]}
    )
    assert plain_answer(answer) == (
        "It is near. [1]\n"
        "\n"
        "Order 1042: out for delivery\n"
        "  placed 2026-11-17\n"
        "  UPS 1Z8\n"
        "  2 × Trail Socks\n"
        "  and 3 more\n"
        "  total 227.00 USD\n"
        "\n"
        "Sources: [1] Returns › Policy (returns#policy)"
    )


def test_text_stands_alone_when_there_is_nothing_else() -> None:
    assert plain_answer(Answer(texts={"a": "Hello"})) == "Hello"


def test_a_list_of_orders_has_a_line_for_each() -> None:
    order = {**ORDER, "items": ["Trail Socks", "Rain Shell"]}
    answer = Answer(texts={"a": "Here they are."}, lists={"l": {"orders": [order], "more_orders": 2}})
    assert plain_answer(answer) == (
        "Here they are.\n\n"
        "  Order 1042  2026-11-17  out for delivery  Trail Socks, Rain Shell  227.00 USD\n"
        "  and 2 more"
    )
