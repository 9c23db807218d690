"""Bringing in a person: when one is offered, what the customer is told, and where they can be answered. Pure."""

from collections.abc import Sequence

from services.router_worker.conversation import Contact, Conversation, FinishedCall, Question
from services.router_worker.intent import Intent, Slot
from services.router_worker.intents import IntentCatalogue
from services.router_worker.phrasebooks import Phrasebook
from services.router_worker.plans import HandOff
from services.shared.events import HandoffReason

CONTACT = "contact_email"
MOST_REFUSALS = 3
_LONGEST_SUMMARY = 800
_LONGEST_WORDS = 300


def offered(conversation: Conversation) -> HandoffReason | None:
    """Why a person is to be offered after this turn's answer; None when it needs none."""
    turn = conversation.open_turn
    if any(call.status == "failed" for call in turn.finished):
        return "tool_failure"
    if any(call.error_code == "too_many_tries" for call in turn.finished):
        return "policy"
    if conversation.refused >= MOST_REFUSALS:
        return "unresolved_slot"
    if turn.finished and not any(_found_something(call) for call in turn.finished):
        return "missing_knowledge" if _searched(turn.finished) else None
    return None if conversation.question else turn.offers


def _found_something(call: FinishedCall) -> bool:
    return call.status == "ok" and bool((call.result or {}).get("results", True))


def _searched(calls: Sequence[FinishedCall]) -> bool:
    return any("results" in (call.result or {}) for call in calls)


def hand_over(
    conversation: Conversation, plan: HandOff, book: Phrasebook, *, people_available: bool
) -> tuple[Conversation, str]:
    """The conversation goes to a person; what the customer is told, and asked when nobody is there."""
    texts = book.texts
    beginning = texts.unresolved if plan.reason == "unresolved_slot" and not plan.wanted else texts.handoff
    handed = conversation.but(question=None, offer=None)
    if people_available:
        return handed, beginning
    if conversation.contact.email:
        return handed, f"{beginning} {texts.nobody_there.format(email=conversation.contact.email)}"
    asked = _contact_slot(book.catalogue)
    if asked is None or conversation.contact.declined:
        return handed, beginning
    intent, slot = asked
    question = Question(intent=intent.name, slot=slot.name, asked=1)
    return handed.but(question=question), f"{beginning} {slot.question}"


def waits_for_contact(conversation: Conversation) -> bool:
    """Whether the bot has asked where a person may answer."""
    return conversation.question is not None and conversation.question.slot == CONTACT


def take_contact(conversation: Conversation, email: str) -> Conversation:
    """The customer left an address."""
    return conversation.but(question=None, contact=Contact(email=email))


def summary(conversation: Conversation, words: Sequence[str]) -> str:
    """What a person should know who takes over: the matter, the request, the known values, the last words."""
    facts = [f"Matter: {conversation.topic or conversation.open_turn.intent}."]
    if conversation.request:
        facts.append(f"Request: {conversation.request}")
    if conversation.slots:
        facts.append(
            "Known: " + ", ".join(f"{name} {value}" for name, value in conversation.slots.items()) + "."
        )
    if conversation.doubted:
        facts.append("Not found: " + ", ".join(conversation.doubted.values()) + ".")
    last = " / ".join(words)
    facts.append(f"Last words: {last[:_LONGEST_WORDS]}" + (" …" if len(last) > _LONGEST_WORDS else ""))
    return "\n".join(facts)[:_LONGEST_SUMMARY]


def _contact_slot(catalogue: IntentCatalogue) -> tuple[Intent, Slot] | None:
    return next(
        ((intent, slot) for intent in catalogue for slot in intent.slots if slot.name == CONTACT), None
    )
