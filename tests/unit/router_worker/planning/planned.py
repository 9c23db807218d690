"""Turns of a conversation as the planner begins them, and the tools' answers that they go on with."""

from typing import Any

from services.router_worker.conversation import Call, Conversation, end_turn, wait_for
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.protocol import IntentDecision
from services.router_worker.phrasebooks import english_book
from services.router_worker.planning import Planner
from services.router_worker.plans import UseTool
from services.router_worker.tool_results import take_result
from services.shared.events import ToolCompleted, ToolError
from tests.builders import an_event

BOOK = english_book(IntentCatalogue.load())
CUSTOMER = Planner(book=BOOK, guest=False)
GUEST = Planner(book=BOOK, guest=True)
ADA = "ada@example.com"


def routed(
    conversation: Conversation, intent: str, text: str = "words", planner: Planner = CUSTOMER, **fields: Any
) -> tuple[Conversation, Any]:
    action = BOOK.catalogue.get(intent).action if intent in BOOK.catalogue else "answer"
    decision = IntentDecision(intent=intent, confidence=1.0, **{"action": action, **fields})
    return planner.route(conversation, decision, text)


def asked(planner: Planner = CUSTOMER) -> Conversation:
    return end_turn(routed(Conversation(), "order_status", planner=planner)[0])


def answered(conversation: Conversation, plan: Any, status: str = "ok", **fields: Any) -> Conversation:
    """After the planned call has ended like this."""
    assert isinstance(plan, UseTool)
    call = Call(call_id="call-1", tool=plan.tool, arguments=plan.arguments)
    error = None if status == "ok" else ToolError(code=fields.pop("code", "order_not_found"), message="no")
    completed = an_event(
        ToolCompleted,
        tool_call_id="call-1",
        tool=plan.tool,
        status=status,
        result=fields.get("result", {"order": {}}) if status == "ok" else None,
        error=error,
    )
    return take_result(wait_for(conversation, call), completed, BOOK.catalogue)
