"""What a conversation remembers from one turn to the next, and what of it a request may lean on. Pure."""

from collections.abc import Iterable

from services.router_worker import repair
from services.router_worker.conversation import Conversation
from services.router_worker.handoff import CONTACT
from services.router_worker.intent import Intent, Slot
from services.router_worker.language_models.protocol import IntentDecision
from services.router_worker.requests import without_address
from services.router_worker.slots import find_values, without_values

_LONGEST_REQUEST = 300


def learnt(conversation: Conversation, decision: IntentDecision, intent: Intent, text: str) -> Conversation:
    """What is known with the values of these messages; of another order the old number is not known."""
    given = {name: value for name, value in decision.slots.items() if name != CONTACT}
    slots, doubted = {**conversation.slots, **given}, conversation.doubted
    if not given:
        other = repair.names_another(text)
        forgotten = {slot.name for slot in intent.slots if other and slot.required != "for_guests"}
        slots = {name: value for name, value in slots.items() if name not in forgotten}
    elif doubted.keys().isdisjoint(given):
        slots, doubted = {**doubted, **slots}, {}
    else:
        doubted = {}
    return conversation.but(slots=slots, doubted=doubted)


def remembered(begun: Conversation, intents: Iterable[Intent], text: str) -> Conversation:
    """What this turn is about is remembered for what leans on it: a value, a correction, a person who takes over."""
    asking = [intent for intent in intents if intent.action == "call_tool"]
    topic = next((intent.name for intent in asking if intent.slots), begun.topic)
    if not asking or repair.only_names(without_values(asking[0].slots, text)):
        return begun.but(topic=topic)
    return begun.but(topic=topic, request=text[:_LONGEST_REQUEST])


def query_for(begun: Conversation, intent: Intent, text: str) -> str:
    """What is searched for: these words, or if they are no more than values, those of the request before."""
    leans_back = repair.only_names(without_values(intent.slots, text))
    return begun.request if leans_back and begun.request else without_address(repair.after_dropping(text))


def gives(slot: Slot, decision: IntentDecision, text: str) -> bool:
    """Whether the value was given with this request, and not with another of the same messages."""
    value = decision.slots.get(slot.name)
    return value is not None and (not decision.wanted or value in find_values(slot, text, asked=True))
