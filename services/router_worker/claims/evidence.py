"""What a turn's own tool results and events allow a reply to say."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from services.router_worker.claims.plain_text import plain
from services.router_worker.language_models.protocol import ToolStep
from services.router_worker.links import addresses_in
from services.shared.events import Claim

FACTS_OF_STATUS: Mapping[str, frozenset[Claim]] = {
    "cancelled": frozenset({"cancellation"}),
    "returned": frozenset({"return"}),
    "refunded": frozenset({"refund", "return"}),
    "exchanged": frozenset({"replacement", "return"}),
    **dict.fromkeys(
        ("partially_shipped", "shipped", "in_transit", "out_for_delivery", "delayed", "delivered"),
        frozenset({"shipment"}),
    ),
}
_BY_FIELD: Mapping[str, Claim] = {
    "cancelled_at": "cancellation",
    "refunded_at": "refund",
    "returned_at": "return",
    "shipped_at": "shipment",
    "delivered_at": "shipment",
}
_TOKEN = re.compile(r"\w[\w-]*")
# Only what is called an order: a year is a number, too.
_NAMED_ORDER = re.compile(
    r"\b(?:orders?|bestellung|auftrag|pedido|commande|ordine|bestelling|encomenda)"
    r"(?: (?:number|no\.?|nummer|nr\.?|número|numéro|numero))? (w\d{7}|\d{4})\b"
)
_WORD = re.compile(r"[^\W\d_]{4,}|\d+")
_GROUNDED = 0.8


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`orders`: what each order found in this turn lets one state of it; `sections`: the texts that were found.

    `addresses` are the links that stand in the results.
    """

    orders: Mapping[str, frozenset[Claim]] = field(default_factory=dict)
    sections: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    handed_off: bool = False

    @classmethod
    def of(cls, steps: Iterable[ToolStep], *, handed_off: bool = False) -> Self:
        results = [step.result for step in steps if step.status == "ok" and step.result]
        orders = [order for result in results for order in _orders(result)]
        return cls(
            orders={str(order.get("order_id", "")).lower(): _facts(order) for order in orders},
            sections=tuple(
                plain(f"{section.get('title', '')} {section.get('text', '')}")
                for result in results
                for section in result.get("results", ())
            ),
            addresses=addresses_in(results),
            handed_off=handed_off,
        )

    def about(self, sentence: str) -> Self:
        """What is known of the orders that a plain sentence names, if it names any: of one never found, nothing."""
        named = {*self.orders.keys() & _TOKEN.findall(sentence), *orders_named(sentence)}
        if not self.orders or not named:
            return self
        return replace(self, orders={number: self.orders.get(number, frozenset()) for number in named})

    def supports(self, claim: Claim) -> bool:
        """Whether this may be stated as a fact."""
        if claim == "handoff":
            return self.handed_off
        return any(claim in facts for facts in self.orders.values())

    def grounds(self, sentence: str) -> bool:
        """Whether a section that was found says the same in much the same words."""
        words = set(_WORD.findall(sentence))
        return any(
            sentence in section or len(words & set(_WORD.findall(section))) >= _GROUNDED * len(words)
            for section in self.sections
        )


NOTHING = Evidence()


def orders_named(sentence: str) -> list[str]:
    """The numbers that a plain sentence calls an order's."""
    return _NAMED_ORDER.findall(sentence)


def _orders(result: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if isinstance(order := result.get("order"), dict):
        yield order
    yield from (order for order in result.get("orders", ()) if isinstance(order, dict))


def _facts(order: Mapping[str, Any]) -> frozenset[Claim]:
    dated = frozenset(claim for name, claim in _BY_FIELD.items() if order.get(name))
    return dated | FACTS_OF_STATUS.get(str(order.get("status", "")), frozenset())
