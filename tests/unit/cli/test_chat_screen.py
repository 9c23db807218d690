"""An answer as it stands on a terminal."""

import io

from rich.console import Console

from services.cli.answers import Answer
from services.cli.chat_screen import rendered

ORDER = {
    "order_id": "1042",
    "status": "shipped",
    "placed_at": "2026-11-17T10:00:00Z",
    "items": [{"quantity": 1, "name": "Rain Shell [blue]"}],
    "total": "189.00",
    "currency": "USD",
}


def on_screen(answer: Answer) -> str:
    console = Console(file=io.StringIO(), width=60, force_terminal=False)
    console.print(rendered(answer))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_an_answer_has_its_card_text_and_sources() -> None:
    citation = {
        "number": 1,
        "section_id": "returns#policy",
        "title": "Returns",
        "heading_path": ["Returns", "Policy"],
    }
    shown = on_screen(
        Answer(texts={"a": "It is **on its way**. [1]"}, orders={"o": ORDER}, citations={"a": [citation]})
    )
    assert "Order 1042 · shipped" in shown
    assert "1 × Rain Shell [blue]" in shown
    assert "It is on its way. [1]" in shown
    assert shown.index("Order 1042") < shown.index("on its way") < shown.index("[1] Returns › Policy")


def test_what_stands_is_marked_when_it_was_stopped() -> None:
    assert "stopped" in on_screen(Answer(texts={"a": "You can"}, stopped=True))


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    assert "[bold]x[/bold]" in on_screen(Answer(texts={"a": "[bold]x[/bold]"}))


def test_a_list_of_orders_is_a_table() -> None:
    order = {**ORDER, "items": ["Rain Shell [blue]"]}
    shown = on_screen(Answer(lists={"l": {"orders": [order], "more_orders": 4}}))
    assert "Order 1042" in shown
    assert "and 4 more" in shown
    assert "[blue]" in shown


def test_a_handover_is_told_beside_the_text() -> None:
    shown = on_screen(Answer(texts={"a": "Somebody will help."}, handoff="Somebody will help."))
    assert "handed over to our team" in shown
