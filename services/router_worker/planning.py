"""What a turn does with the customer's words: the tool calls to be made, the question to be asked. Pure.

A turn is routed once, and then goes from tool call to tool call (`tool_results.py`) until it ends in a reply, a
question or a handoff.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from services.router_worker import repair
from services.router_worker.conversation import (
    Conversation,
    Question,
    ToolUse,
    Turn,
)
from services.router_worker.handoff import CONTACT, take_contact, waits_for_contact
from services.router_worker.intent import Intent, Slot
from services.router_worker.intents import NEVER_MIND, OUT_OF_SCOPE
from services.router_worker.language_models.protocol import IntentDecision, Wanted
from services.router_worker.phrasebooks import Phrasebook
from services.router_worker.plans import Ask, HandOff, Plan
from services.router_worker.requests import without_address
from services.router_worker.slots import find_values, without_values
from services.router_worker.tool_results import next_step
from services.router_worker.tool_uses import distinct, offered_after, uses

MAX_QUESTIONS = 3
_LONGEST_REQUEST = 300
# More than a turn makes, so that it can say what it leaves out; not as many as a message has room for.
_MOST_PLANNED = 50


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans the turns of one customer, in their language. `guest`: they are not signed in."""

    book: Phrasebook
    guest: bool

    def settled(self, conversation: Conversation, text: str) -> IntentDecision | None:
        """The decision where the customer answers the bot in words that need no model."""
        if conversation.offer is not None:
            if repair.says_yes(text):
                return self._decided(lambda intent: intent.action == "handoff")
            if repair.says_no(text):
                return self._decided(lambda intent: intent.name == NEVER_MIND)
        if conversation.question is not None:
            if repair.drops(text) or (waits_for_contact(conversation) and repair.says_no(text)):
                return self._decided(lambda intent: intent.name == NEVER_MIND)
            if repair.refuses(text):
                return self._decided(lambda intent: intent.refuses_question)
        return None

    def _decided(self, is_meant: Callable[[Intent], bool]) -> IntentDecision | None:
        for intent in filter(is_meant, self.book.catalogue):
            return IntentDecision(intent=intent.name, confidence=1.0, action=intent.action)
        return None

    def route(
        self,
        conversation: Conversation,
        decision: IntentDecision,
        text: str,
        expected: Container[str] = (),
    ) -> tuple[Conversation, Plan]:
        """Begin a turn with what was made of the customer's words; of the slots `expected` bare values count."""
        intent = self._intent(conversation, decision, text)
        begun = _learnt(conversation, decision, intent, text).but(offer=None, turn=Turn(intent=intent.name))
        if waits_for_contact(conversation) and (CONTACT in decision.slots or _ends_question(intent)):
            return self._answer_about_contact(begun, decision, intent, text, expected)
        if conversation.question is not None and intent.refuses_question:
            return self._refused(begun, conversation.question)
        if decision.action == "handoff" and not decision.wanted:
            if waits_for_contact(conversation) and conversation.offer is None:
                return self._ask_contact_again(begun)
            return begun.but(question=None), HandOff(
                reason=conversation.offer or "customer_asked", wanted=True
            )
        return self._go_on(begun, decision, text, expected)

    def _intent(self, conversation: Conversation, decision: IntentDecision, text: str) -> Intent:
        intent = self.book.catalogue.get(
            decision.intent if decision.intent in self.book.catalogue else OUT_OF_SCOPE
        )
        if conversation.topic in self.book.catalogue and not intent.slots and repair.names_another(text):
            return self.book.catalogue.get(conversation.topic)
        return intent

    def _answer_about_contact(
        self,
        begun: Conversation,
        decision: IntentDecision,
        intent: Intent,
        text: str,
        expected: Container[str],
    ) -> tuple[Conversation, Plan]:
        email = decision.slots.get(CONTACT)
        if email is None:
            declined = begun.but(question=None, contact=begun.contact.model_copy(update={"declined": True}))
            return declined, Ask(text=self.book.texts.contact_declined)
        thanks = self.book.texts.contact_left.format(email=email)
        left = take_contact(begun, email)
        if decision.wanted or ("?" in text and intent.action == "call_tool"):
            return self._go_on(left.but_turn(then=thanks), decision, text, expected)
        return left, Ask(text=thanks)

    def _ask_contact_again(self, begun: Conversation) -> tuple[Conversation, Plan]:
        """A person was brought in already, but where they may answer is not known yet."""
        question = begun.question
        slot = self._slot(question) if question else None
        if question is None or slot is None or question.asked >= MAX_QUESTIONS:
            return begun.but(question=None), HandOff(reason="customer_asked", wanted=True)
        again = question.model_copy(update={"asked": question.asked + 1})
        return begun.but(question=again), Ask(text=slot.invalid_reply)

    def _refused(self, begun: Conversation, question: Question) -> tuple[Conversation, Plan]:
        slot = self._slot(question)
        text = slot.refused_reply if slot and slot.refused_reply else self.book.texts.unknown_value
        reminded = question.model_copy(update={"reminded": True})
        return begun.but(question=reminded, offer="unresolved_slot"), Ask(
            text=f"{text} {self.book.texts.offer}"
        )

    def _go_on(
        self, begun: Conversation, decision: IntentDecision, text: str, expected: Container[str]
    ) -> tuple[Conversation, Plan]:
        """Plan every request: the tool calls to be made, and the question that is left."""
        requests = decision.wanted or (Wanted(intent=begun.open_turn.intent, text=text),)
        intents = [self.book.catalogue.get(request.intent) for request in requests]
        todo: list[ToolUse] = []
        missing: tuple[Intent, Slot] | None = None
        for intent, request in zip(intents, requests, strict=True):
            usable = self._usable(begun, intent, decision, request.text)
            lacking = intent.missing(usable, guest=self.guest)
            if lacking is None:
                calls = uses(
                    intent,
                    usable,
                    request.text,
                    query=_query(begun, intent, request.text),
                    expected=expected,
                    one_of_several=len(requests) > 1,
                )
                todo += islice(calls, _MOST_PLANNED)
            elif missing is None:
                missing = (intent, lacking)
        todo = distinct(todo)
        planned = _remembered(begun, intents, text).but_turn(
            also=tuple(intent.name for intent in intents if intent.name != begun.open_turn.intent),
            todo=tuple(todo[:_MOST_PLANNED]),
            offers=next((reason for intent in intents if (reason := offered_after(intent, todo))), None),
            hands_off="customer_asked" if any(intent.action == "handoff" for intent in intents) else None,
        )
        if missing is not None:
            return self._ask(planned, *missing, given=bool(decision.slots))
        if repair.begins_by_dropping(text) and not waits_for_contact(planned):
            return self._first(planned.but(question=None))
        return self._with_open_question(planned, intents, decision)

    def _usable(
        self, begun: Conversation, intent: Intent, decision: IntentDecision, text: str
    ) -> dict[str, str]:
        """The known values that this request may go by: what may be left out only if it is meant."""
        asked = begun.question is not None and begun.question.intent == intent.name
        meant = asked or repair.refers_back(text)
        return {
            slot.name: begun.slots[slot.name]
            for slot in intent.slots
            if slot.name in begun.slots
            and (self.guest or slot.required != "for_guests")
            and (slot.required is not False or meant or _gives(slot, decision, text))
        }

    def _ask(
        self, planned: Conversation, intent: Intent, slot: Slot, *, given: bool
    ) -> tuple[Conversation, Plan]:
        before, turn = planned.question, planned.open_turn
        again = before is not None and before.slot == slot.name
        asked = before.asked if before is not None and again else 0
        if turn.hands_off is not None or asked >= MAX_QUESTIONS:
            reason = turn.hands_off or "unresolved_slot"
            return self._first(planned.but(question=None).but_turn(hands_off=reason))
        question = Question(intent=intent.name, slot=slot.name, asked=asked + 1)
        text = slot.invalid_reply if again and not given else slot.question
        asking = planned.but(question=question)
        if turn.todo:
            return self._first(asking.but_turn(then=text))
        return asking, Ask(text=text)

    def _with_open_question(
        self, planned: Conversation, intents: Sequence[Intent], decision: IntentDecision
    ) -> tuple[Conversation, Plan]:
        """The open question is closed by its answer, or when it is given up; else it is asked again, kindly."""
        question = planned.question
        if question is None or waits_for_contact(planned):
            return self._first(planned)
        slot = self._slot(question)
        answered = question.slot in decision.slots or question.intent in {intent.name for intent in intents}
        if slot is None or answered or any(intent.drops_question for intent in intents):
            return self._first(planned.but(question=None))
        lost = all(intent.name == OUT_OF_SCOPE for intent in intents)
        if question.asked >= MAX_QUESTIONS:
            over = planned.but(question=None).but_turn(hands_off="unresolved_slot") if lost else planned
            return self._first(over)
        if question.reminded and not lost:
            return self._first(planned)
        reminded = question.model_copy(update={"asked": question.asked + 1, "reminded": True})
        then = self.book.texts.reminder.format(question=slot.question)
        return self._first(planned.but(question=reminded).but_turn(then=then))

    def _slot(self, question: Question) -> Slot | None:
        """The slot that was asked for, if the catalogue still has it."""
        if question.intent not in self.book.catalogue:
            return None
        slots = self.book.catalogue.get(question.intent).slots
        return next((slot for slot in slots if slot.name == question.slot), None)

    def _first(self, planned: Conversation) -> tuple[Conversation, Plan]:
        turn = planned.open_turn
        if turn.hands_off is not None and not turn.todo:
            return planned.but_turn(hands_off=None), HandOff(reason=turn.hands_off)
        return planned, next_step(planned)


def _learnt(conversation: Conversation, decision: IntentDecision, intent: Intent, text: str) -> Conversation:
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


def _ends_question(intent: Intent) -> bool:
    return intent.drops_question or intent.refuses_question


def _gives(slot: Slot, decision: IntentDecision, text: str) -> bool:
    """Whether the value was given with this request, and not with another of the same messages."""
    value = decision.slots.get(slot.name)
    return value is not None and (not decision.wanted or value in find_values(slot, text, asked=True))


def _remembered(begun: Conversation, intents: Iterable[Intent], text: str) -> Conversation:
    """What this turn is about is remembered for what leans on it: a value, a correction, a person who takes over."""
    asking = [intent for intent in intents if intent.action == "call_tool"]
    topic = next((intent.name for intent in asking if intent.slots), begun.topic)
    if not asking or repair.only_names(without_values(asking[0].slots, text)):
        return begun.but(topic=topic)
    return begun.but(topic=topic, request=text[:_LONGEST_REQUEST])


def _query(begun: Conversation, intent: Intent, text: str) -> str:
    """What is searched for: these words, or if they are no more than values, those of the request before."""
    leans_back = repair.only_names(without_values(intent.slots, text))
    return begun.request if leans_back and begun.request else without_address(text)
