"""The claim check as a router has it, and what it makes of whole replies."""

import re
from functools import cache

from services.router_worker.claims.check import ClaimCheck
from services.router_worker.claims.evidence import NOTHING, Evidence, orders_named
from services.router_worker.claims.learning import build_claim_check
from services.router_worker.claims.plain_text import plain
from services.router_worker.claims.reply_check import ReplyCheck
from services.router_worker.language_models.protocol import ToolStep
from services.router_worker.settings import RouterSettings


@cache
def claim_check() -> ClaimCheck:
    """Learnt once a machine, unless the examples have changed."""
    return build_claim_check(cache=RouterSettings(_env_file=None).cache_dir)


def found(**order: object) -> Evidence:
    """The evidence of one order that a tool has found."""
    result = {"order": {"order_id": "1043", **order}}
    return Evidence.of([ToolStep(call_id="1", tool="get_order", arguments={}, status="ok", result=result)])


def withheld(line: str, *, beside: str = "") -> bool:
    """Whether a reply is held back though an order was found: of the status before it, or of that of `beside`."""
    status, reply = re.fullmatch(r"(?:\[([a-z_]+)\] )?(.*)", line).groups()  # type: ignore[union-attr]
    number = next(iter(orders_named(plain(reply))), "1043")
    known = status or beside
    check = ReplyCheck(claim_check(), found(order_id=number, status=known) if known else NOTHING)
    check.feed(reply)
    check.end()
    return check.withheld is not None
