"""How a turn goes on with what its tools found. Pure."""

from collections.abc import Sequence

from services.router_worker.conversation import Conversation, FinishedCall, Question, finish_call
from services.router_worker.intent import Intent, Slot
from services.router_worker.intents import OUT_OF_SCOPE, IntentCatalogue
from services.router_worker.plans import HandOff, Plan, Reply, UseTool
from services.shared.events import ToolCompleted


def take_result(
    conversation: Conversation, completed: ToolCompleted, catalogue: IntentCatalogue
) -> Conversation:
    """The turn goes on with a tool's result. A refused value is doubted, and asked for again."""
    gone_on, call = finish_call(conversation, completed)
    name = call.intent or gone_on.open_turn.intent
    intent = catalogue.get(name if name in catalogue else OUT_OF_SCOPE)
    used = [
        slot
        for slot in intent.slots
        if gone_on.slots.get(slot.name) in call.arguments.values() or slot.name in call.arguments
    ]
    if call.status == "refused":
        return _refuse(gone_on, call, intent, used)
    if call.status == "ok" and used:
        found = gone_on.but(refused=0, doubted={})
        return found if found.open_turn.then else found.but(question=None)
    return gone_on


def next_step(conversation: Conversation) -> Plan:
    """What the turn does now that nothing is waited for."""
    turn = conversation.open_turn
    last = turn.finished[-1] if turn.finished else None
    if last is not None and last.tool == "request_handoff" and last.status == "ok" and last.result:
        return HandOff(reason=last.result["reason"], summary=last.result.get("summary", ""))
    if turn.todo and turn.may_call_tools:
        return UseTool(tool=turn.todo[0].tool, arguments=turn.todo[0].arguments)
    return Reply()


def _refuse(
    conversation: Conversation, call: FinishedCall, intent: Intent, used: Sequence[Slot]
) -> Conversation:
    """A refused value is forgotten and asked for, unless another of the turn was found, or asking is of no use."""
    turn = conversation.open_turn
    rest = conversation.but_turn(
        todo=tuple(use for use in turn.todo if use.intent != intent.name or use.tool == call.tool)
    )
    if call.error_code in {"too_many_tries", "sign_in_needed"}:
        return rest.but(question=None)
    if call.error_code == "email_needed":
        wrong = [slot for slot in intent.slots if slot.required == "for_guests"]
    else:
        wrong = [slot for slot in used if slot.required != "for_guests"]
    if not wrong or any(other.tool == call.tool and other.status == "ok" for other in turn.finished):
        return rest
    doubted = {slot.name: call.arguments[slot.name] for slot in wrong if slot.name in call.arguments}
    slots = {name: value for name, value in rest.slots.items() if name not in doubted}
    question = Question(intent=intent.name, slot=wrong[0].name, asked=1)
    return rest.but(slots=slots, doubted=doubted, refused=rest.refused + 1, question=question)
