"""The conversation as a pure state machine: what is known, what was asked, and what a turn does next.

Nothing here reads or writes anything. A turn begins with the customer's messages, is routed once, and then goes
from tool call to tool call until it ends in a reply, a question or a handoff.
"""

from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.router_worker.intents import OUT_OF_SCOPE, Intent, IntentCatalogue, Slot
from services.router_worker.language_models.protocol import (
    IntentDecision,
    PendingQuestion,
    ToolStep,
)
from services.shared.events import HandoffReason, ToolCompleted

MAX_QUESTIONS = 3
MAX_TOOL_CALLS = 4


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Question(_State):
    """The bot asked for `slot` of `intent`, `asked` times in a row."""

    intent: str
    slot: str
    asked: int


class Call(_State):
    """A tool call that the turn waits for, or has made."""

    call_id: str
    tool: str
    arguments: dict[str, Any]


class FinishedCall(Call):
    status: Literal["ok", "refused", "failed"]
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None

    def as_step(self) -> ToolStep:
        return ToolStep(**self.model_dump())


class Turn(_State):
    """A routed turn: its intent, the tool calls made so far, and the one it waits for."""

    intent: str
    finished: tuple[FinishedCall, ...] = ()
    waiting: Call | None = None

    @property
    def may_call_tools(self) -> bool:
        return len(self.finished) < MAX_TOOL_CALLS


class Conversation(_State):
    """What one step hands on to the next; stored with the commit, as JSON."""

    slots: dict[str, str] = Field(default_factory=dict)
    question: Question | None = None
    turn: Turn | None = None

    @classmethod
    def load(cls, state: str) -> "Conversation":
        """The conversation of a stored state; an empty state is a new conversation."""
        return cls.model_validate_json(state) if state else cls()

    @classmethod
    def recover(cls, state: str) -> "Conversation":
        """As `load`, but a state that cannot be read is given up for a new conversation."""
        try:
            return cls.load(state)
        except ValidationError:
            return cls()

    @property
    def waits(self) -> bool:
        """Whether the turn waits for a tool."""
        return self.turn is not None and self.turn.waiting is not None

    def waits_for(self, tool_call_id: str) -> bool:
        """Whether the turn waits for the result of this call."""
        waiting = self.turn.waiting if self.turn else None
        return waiting is not None and waiting.call_id == tool_call_id

    @property
    def pending(self) -> PendingQuestion | None:
        return PendingQuestion(**self.question.model_dump()) if self.question else None


class Ask(_State):
    """Ask the customer for a slot's value."""

    text: str


class UseTool(_State):
    """Have a tool called and wait for its result."""

    tool: str
    arguments: dict[str, Any]


class Reply(_State):
    """Have the model write the reply."""


class HandOff(_State):
    """Bring in a person."""

    reason: HandoffReason


Plan: TypeAlias = Ask | UseTool | Reply | HandOff


def route(
    conversation: Conversation, decision: IntentDecision, text: str, catalogue: IntentCatalogue
) -> tuple[Conversation, Plan]:
    """Begin a turn with what the model made of the customer's words."""
    intent = catalogue.get(decision.intent if decision.intent in catalogue else OUT_OF_SCOPE)
    known = conversation.model_copy(
        update={"slots": {**conversation.slots, **decision.slots}, "turn": Turn(intent=intent.name)}
    )
    if intent.action == "handoff" or decision.action == "handoff":
        return _dropped_question(known), HandOff(reason="customer_asked")
    missing = next((slot for slot in intent.required_slots if slot.name not in known.slots), None)
    if missing is not None:
        return _ask(known, intent, missing)
    if _answers(known.question, intent) or intent.drops_question:
        known = _dropped_question(known)
    if intent.tool is not None:
        arguments = intent.arguments_for(text=text, slots=known.slots)
        return known, UseTool(tool=intent.tool, arguments=arguments)
    return known, Reply()


def _answers(question: Question | None, intent: Intent) -> bool:
    return question is not None and question.intent == intent.name


def _dropped_question(conversation: Conversation) -> Conversation:
    return conversation.model_copy(update={"question": None})


def _ask(conversation: Conversation, intent: Intent, slot: Slot) -> tuple[Conversation, Plan]:
    before = conversation.question
    again = before is not None and (before.intent, before.slot) == (intent.name, slot.name)
    asked = before.asked if before is not None and again else 0
    if asked >= MAX_QUESTIONS:
        return _dropped_question(conversation), HandOff(reason="unresolved_slot")
    question = Question(intent=intent.name, slot=slot.name, asked=asked + 1)
    text = slot.invalid_reply if again else slot.question
    return conversation.model_copy(update={"question": question}), Ask(text=text)


def wait_for(conversation: Conversation, call: Call) -> Conversation:
    """The turn waits for a tool call."""
    turn = _turn(conversation).model_copy(update={"waiting": call})
    return conversation.model_copy(update={"turn": turn})


def take_result(
    conversation: Conversation, completed: ToolCompleted, catalogue: IntentCatalogue
) -> Conversation:
    """The turn goes on with a tool's result. A refused value is forgotten, and asked for again."""
    turn = _turn(conversation)
    call = turn.waiting or Call(call_id=completed.tool_call_id, tool=completed.tool, arguments={})
    finished = FinishedCall(
        **call.model_dump(),
        status=completed.status,
        result=completed.result,
        error_code=completed.error.code if completed.error else None,
        error_message=completed.error.message if completed.error else None,
    )
    gone_on = conversation.model_copy(
        update={"turn": turn.model_copy(update={"waiting": None, "finished": (*turn.finished, finished)})}
    )
    return _forget_refused(gone_on, finished, catalogue) if completed.status == "refused" else gone_on


def _forget_refused(
    conversation: Conversation, refused: FinishedCall, catalogue: IntentCatalogue
) -> Conversation:
    intent = catalogue.get(_turn(conversation).intent)
    wrong = [
        slot.name
        for slot in intent.required_slots
        if conversation.slots.get(slot.name) in refused.arguments.values()
    ]
    if not wrong or intent.tool != refused.tool:
        return conversation
    slots = {name: value for name, value in conversation.slots.items() if name not in wrong}
    question = Question(intent=intent.name, slot=wrong[0], asked=1)
    return conversation.model_copy(update={"slots": slots, "question": question})


def end_turn(conversation: Conversation) -> Conversation:
    """The turn is over; what was learnt stays."""
    return conversation.model_copy(update={"turn": None})


def _turn(conversation: Conversation) -> Turn:
    if conversation.turn is None:
        raise ValueError("no turn is open")
    return conversation.turn
