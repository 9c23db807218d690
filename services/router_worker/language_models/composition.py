"""Replies composed from tool results, without a model. Pure: the same request gives the same text."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.router_worker.intent import Intent
from services.router_worker.language_models.protocol import NOT_ALLOWED, ReplyRequest, ToolStep
from services.router_worker.language_models.replies import DateTexts, OrderTexts, Replies, WaitTexts

_MOST_CHARACTERS = 1_200
# A second section is quoted, too, when it fits the question nearly as well as the first.
_NEARLY_AS_GOOD = 0.8
_IN_HOURS_FROM_MINUTES = 120
_HEADING = re.compile(r"\A\s*#{1,6} [^\n]*\n+")

_UNDERWAY = frozenset({"partially_shipped", "shipped", "out_for_delivery", "delayed"})
_IN_PREPARATION = frozenset({"processing", "packed"})
_ANY: frozenset[str] = frozenset()
# Which dates of an order are told while it is in which states; none means in all.
_DATES_TOLD = {
    "placed_at": _IN_PREPARATION | {"awaiting_payment"},
    "shipped_at": _UNDERWAY,
    "expected_at": _IN_PREPARATION | {"partially_shipped", "shipped", "delayed"},
    "delivered_at": {"delivered"},
    "cancelled_at": _ANY,
    "returned_at": _ANY,
    "refunded_at": _ANY,
    "return_until": {"delivered"},
}


def compose(request: ReplyRequest, intents: Sequence[Intent], replies: Replies) -> str:
    """The reply to a turn: what its tool calls said, or else the first intent's own text."""
    parts = []
    first_mark = 1
    for step in (step for step in request.steps if step.error_code != NOT_ALLOWED):
        sections = _sections(step)
        parts.append(_told(step, sections, first_mark, replies))
        first_mark += len(sections)
    if not parts:
        return _own_text(request, intents[0])
    if first_mark > 1:
        parts += [intent.closing for intent in intents if intent.closing]
    return "\n\n".join(dict.fromkeys(parts))


def _own_text(request: ReplyRequest, intent: Intent) -> str:
    """The intent's texts take turns as the conversation grows, so that it does not repeat itself."""
    spoken = sum(message.role == "assistant" for message in request.history)
    return intent.reply[spoken % len(intent.reply)]


def _told(step: ToolStep, sections: Sequence[Mapping[str, Any]], first_mark: int, replies: Replies) -> str:
    if step.status == "failed":
        return replies.tool_failed
    if step.status == "refused":
        return _refusal(step, replies)
    result = step.result or {}
    if "order" in result:
        return _order(result["order"], replies)
    if "orders" in result:
        return _orders(result["orders"], result["more_orders"], replies)
    if sections:
        return _knowledge(sections, first_mark, replies)
    return replies.knowledge.unknown


def _refusal(step: ToolStep, replies: Replies) -> str:
    code = step.error_code or ""
    if code == "order_not_found" and "email" in step.arguments:
        code = "pair_not_found"
    if text := replies.refusals.get(code):
        return text.format(
            order_id=step.arguments.get("order_id", ""), wait=_wait(step.retry_after_seconds, replies.wait)
        )
    return step.error_message or replies.tool_failed


def _wait(seconds: int | None, texts: WaitTexts) -> str:
    """Never less than it takes: whoever waits so long is not refused again."""
    if seconds is None:
        return texts.unknown
    minutes = max(1, math.ceil(seconds / 60))
    if minutes == 1:
        return texts.minute
    if minutes < _IN_HOURS_FROM_MINUTES:
        return texts.minutes.format(count=minutes)
    return texts.hours.format(count=math.ceil(minutes / 60))


# Orders


def _order(order: Mapping[str, Any], replies: Replies) -> str:
    texts = replies.order
    headline = texts.headline.format(order_id=order["order_id"], status=_status(order, texts))
    facts = " ".join((headline, *_facts(order, replies)))
    next_step = texts.next_steps.get(order["status"], "")
    return "\n\n".join(block for block in (facts, next_step) if block)


def _orders(orders: Sequence[Mapping[str, Any]], more: int, replies: Replies) -> str:
    texts = replies.orders
    if not orders:
        return texts.none
    lines = "\n".join(
        texts.line.format(order_id=order["order_id"], status=_status(order, replies.order))
        for order in orders
    )
    blocks = [texts.headline, lines, texts.more.format(count=more) if more else ""]
    return "\n\n".join(block for block in blocks if block)


def _status(order: Mapping[str, Any], texts: OrderTexts) -> str:
    status = order["status"]
    return texts.statuses.get(status) or texts.unknown_status.format(status=status.replace("_", " "))


def _facts(order: Mapping[str, Any], replies: Replies) -> Iterator[str]:
    status, texts = order["status"], replies.order
    for name, told_in in _DATES_TOLD.items():
        if (value := order.get(name)) and (not told_in or status in told_in):
            yield texts.dates[name].format(date=_date(value, replies.date))
    if status in _UNDERWAY and (carrier := order.get("carrier")):
        tracking_number = order.get("tracking_number")
        text = texts.tracking if tracking_number else texts.carrier
        yield text.format(carrier=carrier, tracking_number=tracking_number)


def _date(value: str, texts: DateTexts) -> str:
    moment = datetime.fromisoformat(value)
    return texts.form.format(
        weekday=texts.weekdays[moment.weekday()],
        day=moment.day,
        month=texts.months[moment.month - 1],
        year=moment.year,
    )


# Knowledge


def _sections(step: ToolStep) -> Sequence[Mapping[str, Any]]:
    if step.status != "ok" or step.result is None:
        return ()
    sections: Sequence[Mapping[str, Any]] = step.result.get("results", ())
    return sections


def _knowledge(sections: Sequence[Mapping[str, Any]], first_mark: int, replies: Replies) -> str:
    """The best section in its own words, and where else to look."""
    best = sections[0]
    quoted = [f"{_excerpt(best['text'])} [{first_mark}]"]
    others = []
    for mark, section in enumerate(sections[1:], start=first_mark + 1):
        if section.get("score", 0) >= _NEARLY_AS_GOOD * best.get("score", 0):
            others.append(f"{_heading(section)} [{mark}]")
    if others:
        quoted.append(replies.knowledge.see_also.format(titles=", ".join(others)))
    return "\n\n".join(quoted)


def _heading(section: Mapping[str, Any]) -> str:
    path: Sequence[str] = section.get("heading_path") or (section["title"],)
    return path[-1]


def _excerpt(markdown: str) -> str:
    """A section without its heading, cut between paragraphs."""
    text = _HEADING.sub("", markdown).strip()
    if len(text) <= _MOST_CHARACTERS:
        return text
    cut = text.rfind("\n\n", 0, _MOST_CHARACTERS)
    if cut <= 0:
        cut = text.rfind(" ", 0, _MOST_CHARACTERS)
    return f"{text[:cut].rstrip()} …"
