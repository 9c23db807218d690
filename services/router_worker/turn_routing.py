"""Finding out what a turn's messages want, and planning what follows from it."""

from services.router_worker import turn_frames
from services.router_worker.attempt import Attempt
from services.router_worker.language_models.protocol import IntentDecision, LanguageModel, RouteRequest
from services.router_worker.planning import Planner
from services.router_worker.plans import Ask, HandOff, Plan, Reply, UseTool
from services.router_worker.slots import expected_slots
from services.router_worker.transcript import history
from services.shared.events import ContactLeft, IntentRouted

_ACTIONS = {Ask: "ask", UseTool: "call_tool", Reply: "answer", HandOff: "handoff"}
_DECIDED_BY_STATE = "conversation"


async def route_turn(attempt: Attempt, model: LanguageModel) -> Plan:
    """Route the messages, by what was said before or else by the model, and begin their turn."""
    await attempt.writer.frames(
        turn_frames.run_started(attempt.grant),
        turn_frames.status("routing", attempt.book.texts.status("routing")),
    )
    planner = Planner(book=attempt.book, guest=attempt.grant.customer_id is None)
    request, text, before = _request(attempt), "\n".join(attempt.texts), attempt.conversation
    decision, decided_by = planner.settled(before, text), _DECIDED_BY_STATE
    if decision is None:
        routed = await model.route(request)
        attempt.account(routed.usage, routed.switches)
        decision, decided_by = routed.decision, routed.decided_by or attempt.model
    expected = expected_slots(request, attempt.book.catalogue.slots.values())
    attempt.conversation, plan = planner.route(before, decision, text, expected)
    if (email := attempt.conversation.contact.email) != before.contact.email:
        attempt.events.append(ContactLeft(**attempt.envelope(), email=email))
    attempt.events.append(_routed(attempt, decision, plan, decided_by))
    return plan


def _request(attempt: Attempt) -> RouteRequest:
    return RouteRequest(
        texts=attempt.texts,
        history=history(attempt.grant.transcript),
        slots=attempt.conversation.slots,
        pending=attempt.conversation.pending,
        topic=attempt.conversation.topic,
        language=attempt.book.language,
        session_id=attempt.grant.session_id,
        limits=attempt.limits,
    )


def _routed(attempt: Attempt, decision: IntentDecision, plan: Plan, decided_by: str) -> IntentRouted:
    return IntentRouted(
        **attempt.envelope(),
        message_ids=attempt.message_ids,
        intent=attempt.intent,
        confidence=decision.confidence,
        action=_ACTIONS[type(plan)],
        slots=decision.slots,
        model=decided_by,
    )
