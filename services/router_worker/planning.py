"""What a turn does with the customer's words: the tool calls to be made, the question to be asked. Pure.

A turn is routed once, and then goes from tool call to tool call (`tool_results.py`) until it ends in a reply, a
question or a handoff.
"""

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from services.router_worker import repair
from services.router_worker.conversation import Conversation, Question, ToolUse, Turn
from services.router_worker.handoff import CONTACT, take_contact, waits_for_contact
from services.router_worker.intent import Intent, Slot
from services.router_worker.intents import NEVER_MIND, OUT_OF_SCOPE
from services.router_worker.language_models.protocol import IntentDecision, Wanted
from services.router_worker.memory import gives, learnt, query_for, remembered
from services.router_worker.phrasebooks import Phrasebook
from services.router_worker.plans import Ask, HandOff, Plan
from services.router_worker.tool_results import next_step
from services.router_worker.tool_uses import distinct, offered_after, uses

MAX_QUESTIONS = 3
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
        decision = self._enquiry(decision, text)
        intent = self._intent(conversation, decision, text)
        begun = learnt(conversation, decision, intent, text).but(offer=None, turn=Turn(intent=intent.name))
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

    def _enquiry(self, decision: IntentDecision, text: str) -> IntentDecision:
        """A question about what an intent stands for is another's: the hours of the team are no wish for a person."""
        catalogue = self.book.catalogue
        enquiry = catalogue.get(decision.intent).enquiry if decision.intent in catalogue else None
        if enquiry is None or decision.wanted or not re.search(enquiry.pattern, text, re.IGNORECASE):
            return decision
        return replace(decision, intent=enquiry.intent, action=catalogue.get(enquiry.intent).action)

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
        todo, missing = self._calls(begun, decision, requests, expected)
        planned = remembered(begun, intents, text).but_turn(
            also=tuple(intent.name for intent in intents if intent.name != begun.open_turn.intent),
            todo=tuple(todo[:_MOST_PLANNED]),
            offers=next((reason for intent in intents if (reason := offered_after(intent, todo))), None),
            hands_off="customer_asked" if any(intent.action == "handoff" for intent in intents) else None,
        )
        if missing:
            return self._ask(planned, *missing[0], given=bool(decision.slots))
        if repair.begins_by_dropping(text) and not waits_for_contact(planned):
            return self._first(planned.but(question=None))
        return self._with_open_question(planned, intents, decision)

    def _calls(
        self,
        begun: Conversation,
        decision: IntentDecision,
        requests: Sequence[Wanted],
        expected: Container[str],
    ) -> tuple[list[ToolUse], list[tuple[Intent, Slot]]]:
        """The tool calls that the requests need, each once; and the value that a request lacks, with its intent."""
        todo: list[ToolUse] = []
        missing: list[tuple[Intent, Slot]] = []
        for request in requests:
            intent = self.book.catalogue.get(request.intent)
            usable = self._usable(begun, intent, decision, request.text)
            if lacking := intent.missing(usable, guest=self.guest):
                missing.append((intent, lacking))
                continue
            calls = uses(
                intent,
                usable,
                request.text,
                query=query_for(begun, intent, request.text),
                expected=expected,
                one_of_several=len(requests) > 1,
            )
            todo += islice(calls, _MOST_PLANNED)
        return distinct(todo), missing

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
            and (slot.required is not False or meant or gives(slot, decision, text))
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


def _ends_question(intent: Intent) -> bool:
    return intent.drops_question or intent.refuses_question
