"""The conversation as it is stored between steps: what is known, what was asked or offered, and the open turn.

Nothing here reads or writes anything. What a turn does next is decided in `planning.py`.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.router_worker.language_models.protocol import PendingQuestion, ToolStep
from services.shared.events import HandoffReason, ToolCompleted

MAX_TOOL_CALLS = 4


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Question(_State):
    """The bot asked for `slot` of `intent`, `asked` times in a row; `reminded`: once after something else."""

    intent: str
    slot: str
    asked: int
    reminded: bool = False


class ToolUse(_State):
    """A tool call that is to be made for an intent."""

    intent: str
    tool: str
    arguments: dict[str, Any]


class Call(_State):
    """A tool call that the turn waits for, or has made. One that the model asked for has no intent of its own."""

    call_id: str
    tool: str
    arguments: dict[str, Any]
    intent: str = ""


class FinishedCall(Call):
    status: Literal["ok", "refused", "failed"]
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    retry_after_seconds: int | None = None

    def as_step(self) -> ToolStep:
        return ToolStep(**self.model_dump(exclude={"intent"}))


class Turn(_State):
    """A routed turn: what it is about, the tool calls made and to be made, and the one it waits for.

    Of the calls `todo` those are left out, and named, for which the turn has no more room. `then` is said after the
    reply. `offers`: a person is offered after it; `hands_off`: brought in after it.
    """

    intent: str
    also: tuple[str, ...] = ()
    todo: tuple[ToolUse, ...] = ()
    finished: tuple[FinishedCall, ...] = ()
    waiting: Call | None = None
    then: str = ""
    offers: HandoffReason | None = None
    hands_off: HandoffReason | None = None
    model_calls: int = 0

    @property
    def may_call_tools(self) -> bool:
        return len(self.finished) < MAX_TOOL_CALLS


class Contact(_State):
    """Where a person may answer: the address that the customer left, or that they would rather leave none."""

    email: str = ""
    declined: bool = False


class Conversation(_State):
    """What one step hands on to the next; stored with the commit, as JSON.

    `topic` is the intent that the known values were last used for, `request` are the words of the last request.
    `doubted` are values that a tool has refused, `refused` counts how often in a row. `offer` says why a person was
    offered in the last reply.
    """

    slots: dict[str, str] = Field(default_factory=dict)
    topic: str = ""
    request: str = ""
    doubted: dict[str, str] = Field(default_factory=dict)
    refused: int = 0
    question: Question | None = None
    offer: HandoffReason | None = None
    contact: Contact = Contact()
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
        if self.question is None:
            return None
        return PendingQuestion(**self.question.model_dump(exclude={"reminded"}))

    @property
    def open_turn(self) -> Turn:
        """The turn that is open. Raises ValueError when there is none."""
        if self.turn is None:
            raise ValueError("no turn is open")
        return self.turn

    def but(self, **changes: Any) -> "Conversation":
        """This conversation with some fields changed."""
        return self.model_copy(update=changes)

    def but_turn(self, **changes: Any) -> "Conversation":
        """This conversation with some fields of its open turn changed."""
        return self.but(turn=self.open_turn.model_copy(update=changes))


def wait_for(conversation: Conversation, call: Call) -> Conversation:
    """The turn waits for a tool call, which is no longer to be made."""
    todo = conversation.open_turn.todo
    if todo and (todo[0].tool, todo[0].arguments) == (call.tool, call.arguments):
        call, todo = call.model_copy(update={"intent": todo[0].intent}), todo[1:]
    return conversation.but_turn(waiting=call, todo=todo)


def finish_call(conversation: Conversation, completed: ToolCompleted) -> tuple[Conversation, FinishedCall]:
    """The turn no longer waits: its call has ended like this."""
    turn = conversation.open_turn
    call = turn.waiting or Call(call_id=completed.tool_call_id, tool=completed.tool, arguments={})
    finished = FinishedCall(
        **call.model_dump(),
        status=completed.status,
        result=completed.result,
        error_code=completed.error.code if completed.error else None,
        error_message=completed.error.message if completed.error else None,
        retry_after_seconds=completed.error.retry_after_seconds if completed.error else None,
    )
    return conversation.but_turn(waiting=None, finished=(*turn.finished, finished)), finished


def end_turn(conversation: Conversation) -> Conversation:
    """The turn is over; what was learnt stays."""
    return conversation.but(turn=None)
