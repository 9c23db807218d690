"""Plays scripted conversations through the router's turns and the real tools, in this process.

A language model is handed in; the steps over Redis are replaced by a desk in memory, everything else is the
product's own.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.router_worker.conversation import Conversation
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.turns import Turns
from services.shared.entries import Entry
from services.shared.events import Envelope, ToolCompleted, ToolRequested, new_id
from services.shared.grants import AcceptedMessage, Commit, Committed, Fence, Grant
from services.shared.streams import CHAT_MESSAGES
from services.tools_worker.registry import Registry
from services.tools_worker.tools.tool import Caller
from tests.claims import claim_check
from tests.dialogues.expectations import Observed, unmet
from tests.dialogues.script import Dialogue, Line, load_scripts
from tests.dialogues.shop import tools


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a dialogue went: `problems` is empty when every line got what it asks for. A turn for each line."""

    name: str
    problems: tuple[str, ...]
    said: tuple[str, ...]
    turns: tuple[Observed, ...]

    @property
    def passed(self) -> bool:
        return not self.problems


@dataclass
class Desk:
    """The router's steps over one conversation in memory. What was committed last counts."""

    dialogue: Dialogue
    conversation_id: str = field(default_factory=lambda: str(new_id()))
    state: str = ""
    transcript: list[str] = field(default_factory=list)
    events: list[Envelope] = field(default_factory=list)
    last: Commit | None = None

    async def renew(self, grant: Grant, *, lease_ms: int) -> Fence:  # noqa: ARG002 (nobody else wants the turn)
        return "ok"

    async def write_frames(
        self,
        grant: Grant,  # noqa: ARG002
        frames: list[str],  # noqa: ARG002
        *,
        written: int,  # noqa: ARG002
        lease_ms: int,  # noqa: ARG002
    ) -> Fence:
        return "ok"

    async def commit(self, grant: Grant, step: Commit) -> Committed:  # noqa: ARG002
        self.state, self.last = step.state, step
        self.transcript += step.transcript
        self.events += step.events
        return "waiting" if step.waiting_for else "done"

    def grant(self, turn_id: str, inbox: Sequence[AcceptedMessage]) -> Grant:
        return Grant(
            conversation_id=self.conversation_id,
            token=turn_id,
            turn_id=turn_id,
            attempt=1,
            state=self.state,
            customer_id=self.dialogue.customer,
            session_id="dialogue",
            language=self.dialogue.language,
            inbox=tuple(inbox),
            transcript=tuple(self.transcript),
            entry=Entry(stream=CHAT_MESSAGES.key(0), group="router", entry_id="1-0"),
        )


async def run_dialogues(
    model: LanguageModel, books: Phrasebooks, dialogues: Iterable[Dialogue] | None = None
) -> list[Outcome]:
    """Play the dialogues, by default all there are, one after another."""
    if dialogues is None:
        dialogues = [dialogue for script in load_scripts() for dialogue in script.dialogues]
    return [await run_dialogue(dialogue, model, books) for dialogue in dialogues]


async def run_dialogue(dialogue: Dialogue, model: LanguageModel, books: Phrasebooks) -> Outcome:
    """Play one dialogue to its end, whatever its lines got."""
    desk = Desk(dialogue)
    turns = Turns(
        steps=desk, model=model, books=books, claims=claim_check(), people_available=dialogue.people_available
    )
    registry = tools(orders_down=dialogue.orders_down)
    problems: list[str] = []
    said: list[str] = []
    played: list[Observed] = []
    for line in dialogue.turns:
        observed = await _play(line, desk, turns, registry)
        played.append(observed)
        said += [f"> {message}" for message in line.messages] + [observed.text]
        problems += [f"{' / '.join(line.messages)!r}: {problem}" for problem in unmet(line, observed)]
    return Outcome(name=dialogue.name, problems=tuple(problems), said=tuple(said), turns=tuple(played))


async def _play(line: Line, desk: Desk, turns: Turns, registry: Registry) -> Observed:
    turn_id, inbox = str(new_id()), [_accepted(text) for text in line.messages]
    desk.events = []
    outcome = await turns.work(desk.grant(turn_id, inbox))
    while outcome == "waiting":
        completed = await _run_tool(desk, registry)
        outcome = await turns.work(desk.grant(turn_id, inbox), completed)
    return Observed(events=tuple(desk.events), conversation=Conversation.load(desk.state))


async def _run_tool(desk: Desk, registry: Registry) -> ToolCompleted:
    request = [event for event in desk.events if isinstance(event, ToolRequested)][-1]
    caller = Caller(
        conversation_id=request.conversation_id,
        customer_id=request.customer_id,
        tool_call_id=request.tool_call_id,
    )
    outcome = await registry.call(request.tool, request.arguments, caller)
    return ToolCompleted(
        conversation_id=request.conversation_id,
        turn_id=request.turn_id,
        tool_call_id=request.tool_call_id,
        tool=request.tool,
        status=outcome.status,
        result=outcome.result,
        error=outcome.error,
        duration_ms=0,
    )


def _accepted(text: str) -> AcceptedMessage:
    event_id = str(new_id())
    return AcceptedMessage(
        message_id=event_id,
        client_id=event_id,
        text=text,
        at_ms=round(time.time() * 1000),
        event_id=event_id,
        trace=None,
    )


async def converse(
    messages: Iterable[str], model: LanguageModel, books: Phrasebooks, *, customer: str | None = None
) -> list[Observed]:
    """Say the messages one after another in one conversation; what each turn came to."""
    lines = tuple(Line(say=message) for message in messages)
    desk = Desk(Dialogue(name="free", customer=customer, turns=lines))
    turns, registry = (
        Turns(steps=desk, model=model, books=books, claims=claim_check()),
        tools(orders_down=False),
    )
    return [await _play(line, desk, turns, registry) for line in lines]
