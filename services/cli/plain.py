"""Answers as plain text, for pipes and files."""

from typing import Any

from services.cli.answers import Answer

_DATES = ("placed", "expected", "shipped", "delivered", "cancelled", "returned", "refunded")


def plain_answer(answer: Answer) -> str:
    """The text, then the order cards, lists of orders and the sources, each on lines of its own."""
    parts = [
        answer.text,
        *map(order_card, answer.orders.values()),
        *map(order_list, answer.lists.values()),
    ]
    if answer.sources:
        parts.append("Sources: " + ", ".join(map(source, answer.sources)))
    return "\n\n".join(part for part in parts if part)


def source(citation: dict[str, Any]) -> str:
    path = " › ".join(citation.get("heading_path") or [citation["title"]])
    return f"[{citation['number']}] {path} ({citation['section_id']})"


def order_card(order: dict[str, Any]) -> str:
    return "\n".join([f"Order {order['order_id']}: {words(order['status'])}", *order_lines(order)])


def order_list(content: dict[str, Any]) -> str:
    """A line for each order, newest first."""
    lines = ["  ".join(row) for row in order_rows(content)]
    if more := content["more_orders"]:
        lines.append(f"and {more} more")
    return "\n".join(f"  {line}" for line in lines)


def order_rows(content: dict[str, Any]) -> list[tuple[str, ...]]:
    """Number, day, status, items and total of each order in a list."""
    return [
        (
            f"Order {order['order_id']}",
            order["placed_at"][:10],
            words(order["status"]),
            ", ".join(order["items"]),
            f"{order['total']} {order['currency']}",
        )
        for order in content["orders"]
    ]


def order_lines(order: dict[str, Any]) -> list[str]:
    """What is known of the order, a line each."""
    lines = [f"  {name} {date}" for name, date in order_dates(order)]
    if order.get("tracking_number"):
        lines.append(f"  {order.get('carrier') or 'carrier'} {order['tracking_number']}")
    lines += [f"  {item['quantity']} × {item['name']}" for item in order["items"]]
    if more := order.get("more_items"):
        lines.append(f"  and {more} more")
    return [*lines, f"  total {order['total']} {order['currency']}"]


def order_dates(order: dict[str, Any]) -> list[tuple[str, str]]:
    dates = [(name, order.get(f"{name}_at")) for name in _DATES] + [
        ("return until", order.get("return_until"))
    ]
    return [(name, date[:10]) for name, date in dates if date]


def words(name: str) -> str:
    return name.replace("_", " ")
