"""One attempt at a turn: load what the grant brings, decide, say it, commit."""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from ag_ui.core import (
    BaseEvent,
    TextMessageEndEvent,
)

from services.router_worker import conversation as machine
from services.router_worker import turn_frames
from services.router_worker.citations import MarkFilter, cited, sections_of
from services.router_worker.conversation import Ask, Call, Conversation, HandOff, Plan, Reply, UseTool
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.protocol import (
    LanguageModel,
    ModelError,
    ReplyRequest,
    RouteRequest,
    StartOver,
    TextDelta,
    ToolCallWanted,
    ToolStep,
    Usage,
)
from services.router_worker.texts import Texts
from services.router_worker.transcript import activity, bot_message, customer_messages, history
from services.router_worker.turn_writer import FrameSteps, TurnWriter
from services.shared.events import (
    Envelope,
    HandoffRequested,
    IntentRouted,
    ModelCalled,
    ReplyCompleted,
    ReplyFailed,
    ToolCompleted,
    ToolRequested,
)
from services.shared.frames import CITATIONS, HANDOFF, ORDER, custom, event_json
from services.shared.steps import Commit, Committed, Grant, reply_id_of

log = structlog.get_logger()

ACTIONS = {Ask: "ask", UseTool: "call_tool", Reply: "answer", HandOff: "handoff"}


class TurnSteps(FrameSteps, Protocol):
    async def commit(self, grant: Grant, step: Commit) -> Committed: ...


@dataclass
class Attempt:
    """What one attempt at a turn has gathered for its commit."""

    grant: Grant
    writer: TurnWriter
    conversation: Conversation
    events: list[Envelope] = field(default_factory=list)
    frames: list[BaseEvent] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    waiting_for: str = ""
    model: str = ""
    handoff: str = ""

    @property
    def message_ids(self) -> list[str]:
        return [message.message_id for message in self.grant.inbox]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(message.text for message in self.grant.inbox)

    @property
    def intent(self) -> str:
        return self.conversation.turn.intent if self.conversation.turn else ""

    @property
    def steps(self) -> tuple[ToolStep, ...]:
        turn = self.conversation.turn
        return tuple(call.as_step() for call in turn.finished) if turn else ()

    def envelope(self) -> dict[str, Any]:
        """The fields that every event of this turn shares."""
        first = self.grant.inbox[0]
        return {
            "conversation_id": self.grant.conversation_id,
            "turn_id": self.grant.turn_id,
            "customer_id": self.grant.customer_id,
            "causation_id": first.event_id,
            "trace": first.trace,
        }


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Works on granted turns. `texts` are the bot's own words outside the intents."""

    steps: TurnSteps
    model: LanguageModel
    catalogue: IntentCatalogue
    texts: Texts

    async def work(self, grant: Grant, completed: ToolCompleted | None = None) -> Committed:
        """Take the turn as far as it goes: to a tool call, or to its end. `fenced`: another has it now."""
        async with self._held(grant):
            return await self._work(grant, completed)

    async def fail(self, grant: Grant, reason: str) -> Committed:
        """End the turn in an apology that shows the way to a person, whatever state it is in."""
        async with self._held(grant):
            attempt = self._attempt(grant, Conversation.recover(grant.state))
            await attempt.writer.frames(turn_frames.run_started(grant))
            return await self._fail(attempt, reason=reason)

    @contextlib.asynccontextmanager
    async def _held(self, grant: Grant) -> AsyncIterator[None]:
        """Work that breaks off lets go of the turn, so that it can be taken up again at once."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(Exception):
                await self.steps.renew(grant, lease_ms=0)
            raise

    async def _work(self, grant: Grant, completed: ToolCompleted | None) -> Committed:
        attempt = self._attempt(grant, Conversation.load(grant.state))
        if completed and not attempt.conversation.waits_for(completed.tool_call_id):
            completed = None
        if attempt.conversation.waits and completed is None:  # taken up without the result: stopped meanwhile
            return await self._finish(attempt, stopped=True)
        try:
            ended = await attempt.writer.run(self._advance(attempt, completed))
        except ModelError as error:
            self._account(attempt, error.usage)
            return await self._fail(attempt, reason=f"model: {error}")
        if ended == "fenced":
            return "fenced"
        if attempt.waiting_for:  # a wish to stop is still there when the result comes
            return await self._commit(attempt)
        return await self._finish(attempt, stopped=ended == "stop")

    def _attempt(self, grant: Grant, conversation: Conversation) -> Attempt:
        writer = TurnWriter(self.steps, grant, message_id=reply_id_of(grant.turn_id))
        return Attempt(grant=grant, writer=writer, conversation=conversation)

    async def _advance(self, attempt: Attempt, completed: ToolCompleted | None) -> None:
        plan: Plan
        if completed is not None:
            attempt.conversation = machine.take_result(attempt.conversation, completed, self.catalogue)
            await attempt.writer.frames(*self._result_frames(attempt, completed))
            plan = Reply()
        else:
            plan = await self._route(attempt)
        match plan:
            case Ask(text=text):
                await attempt.writer.say(text)
            case HandOff():
                await self._hand_off(attempt, plan)
            case UseTool(tool=tool, arguments=arguments):
                self._request_tool(attempt, tool, arguments)
            case Reply():
                await self._write_reply(attempt)

    async def _route(self, attempt: Attempt) -> Plan:
        grant = attempt.grant
        await attempt.writer.frames(
            turn_frames.run_started(grant), turn_frames.status("routing", self.texts.status("routing"))
        )
        request = RouteRequest(
            texts=attempt.texts,
            history=history(grant.transcript),
            slots=attempt.conversation.slots,
            pending=attempt.conversation.pending,
        )
        routed = await self.model.route(request)
        self._account(attempt, routed.usage)
        attempt.conversation, plan = machine.route(
            attempt.conversation, routed.decision, "\n".join(attempt.texts), self.catalogue
        )
        attempt.events.append(
            IntentRouted(
                **attempt.envelope(),
                message_ids=attempt.message_ids,
                intent=attempt.intent,
                confidence=routed.decision.confidence,
                action=ACTIONS[type(plan)],
                slots=routed.decision.slots,
                model=attempt.model or self.model.name,
            )
        )
        return plan

    async def _write_reply(self, attempt: Attempt) -> None:
        turn = attempt.conversation.turn
        marks = MarkFilter(len(sections_of(attempt.steps)))
        request = ReplyRequest(
            texts=attempt.texts,
            intent=attempt.intent,
            history=history(attempt.grant.transcript),
            slots=attempt.conversation.slots,
            steps=attempt.steps,
            may_call_tools=turn is not None and turn.may_call_tools,
        )
        wanted: ToolCallWanted | None = None
        async for part in self.model.reply(request):
            match part:
                case TextDelta(text=text):
                    if shown := marks.feed(text):
                        await attempt.writer.say(shown)
                case ToolCallWanted() if request.may_call_tools:
                    wanted = wanted or part
                case StartOver():
                    wanted, marks = None, MarkFilter(len(sections_of(attempt.steps)))
                    attempt.writer.restate("")
                case Usage():
                    self._account(attempt, (part,))
        if wanted is not None:
            self._request_tool(attempt, wanted.tool, wanted.arguments)
            return
        if rest := marks.end():
            await attempt.writer.say(rest)
        if not attempt.writer.text.strip():
            await self._go_without_reply(attempt, request)

    async def _go_without_reply(self, attempt: Attempt, request: ReplyRequest) -> None:
        """No turn ends in silence: not that of a model without words, nor of one that only asks for tools."""
        if request.may_call_tools:
            raise ModelError("the reply is empty")
        await self._hand_off(attempt, HandOff(reason="limit"))

    async def _hand_off(self, attempt: Attempt, plan: HandOff) -> None:
        text = self.texts.unresolved if plan.reason == "unresolved_slot" else self.texts.handoff
        attempt.handoff = plan.reason
        attempt.events.append(HandoffRequested(**attempt.envelope(), reason=plan.reason))
        attempt.frames.append(custom(HANDOFF, {"reason": plan.reason, "text": text}))
        await attempt.writer.say(text)

    def _request_tool(self, attempt: Attempt, tool: str, arguments: dict[str, Any]) -> None:
        """The call's id follows from the turn, so that a turn done again asks for the same call."""
        call_id = f"{attempt.grant.turn_id}-{len(attempt.steps) + 1}"
        call = Call(call_id=call_id, tool=tool, arguments=arguments)
        attempt.conversation = machine.wait_for(attempt.conversation, call)
        attempt.waiting_for = call_id
        attempt.events.append(
            ToolRequested(**attempt.envelope(), tool_call_id=call_id, tool=tool, arguments=arguments)
        )
        attempt.frames += [
            turn_frames.status("tool", self.texts.status(tool), tool=tool),
            *turn_frames.tool_requested(call_id, tool, arguments, reply_id=attempt.writer.message_id),
        ]

    def _result_frames(self, attempt: Attempt, completed: ToolCompleted) -> list[BaseEvent]:
        return [
            turn_frames.tool_completed(completed),
            turn_frames.status("writing", None),
            *(turn_frames.activity_frame(*card) for card in turn_frames.order_cards(attempt.steps[-1:])),
        ]

    def _account(self, attempt: Attempt, usage: tuple[Usage, ...]) -> None:
        for call in usage:
            attempt.events.append(
                ModelCalled(
                    **attempt.envelope(),
                    purpose=call.purpose,
                    model=call.model,
                    outcome=call.outcome,
                    input_tokens=call.input_tokens,
                    output_tokens=call.output_tokens,
                    latency_ms=call.latency_ms,
                    cost_usd=call.cost_usd,
                )
            )
            if call.outcome == "ok":
                attempt.model = call.model

    async def _finish(self, attempt: Attempt, *, stopped: bool) -> Committed:
        text, message_id = attempt.writer.text, attempt.writer.message_id
        sections = sections_of(attempt.steps)
        citations = cited(text, sections)
        attempt.events.append(
            ReplyCompleted(
                **attempt.envelope(),
                message_id=message_id,
                in_reply_to=attempt.message_ids,
                text=text,
                intent=attempt.intent,
                citations=citations,
                stopped=stopped,
                model=attempt.model or self.model.name,
                duration_ms=_since(attempt.grant.inbox[0].at_ms),
            )
        )
        cards = [
            *turn_frames.order_cards(attempt.steps),
            *turn_frames.citation_cards(message_id, citations, sections),
        ]
        metadata = {"in_reply_to": attempt.message_ids, "intent": attempt.intent, "stopped": stopped}
        if attempt.handoff:
            metadata["handoff"] = attempt.handoff
        attempt.activities = [
            *(activity(*card) for card in cards if card[1] == ORDER),
            bot_message(message_id, text, **metadata),
            *(activity(*card) for card in cards if card[1] == CITATIONS),
        ]
        attempt.frames += [
            *([TextMessageEndEvent(message_id=message_id)] if text else []),
            *(turn_frames.activity_frame(*card) for card in cards if card[1] == CITATIONS),
            turn_frames.run_finished(attempt.grant, attempt.message_ids, stopped=stopped),
        ]
        attempt.waiting_for = ""
        return await self._commit(attempt, reply_id=message_id)

    async def _fail(self, attempt: Attempt, *, reason: str) -> Committed:
        log.warning("turn failed", conversation_id=attempt.grant.conversation_id, reason=reason)
        text, message_id = self.texts.apology, attempt.writer.message_id
        attempt.writer.restate(text)
        attempt.waiting_for = ""
        attempt.events.append(
            ReplyFailed(
                **attempt.envelope(),
                message_id=message_id,
                in_reply_to=attempt.message_ids,
                text=text,
                reason=reason,
            )
        )
        metadata = {"in_reply_to": attempt.message_ids, "failed": True}
        attempt.activities = [bot_message(message_id, text, **metadata)]
        attempt.frames = [
            TextMessageEndEvent(message_id=message_id),
            turn_frames.run_failed(text, attempt.message_ids),
        ]
        return await self._commit(attempt, reply_id=message_id)

    async def _commit(self, attempt: Attempt, *, reply_id: str = "") -> Committed:
        ends = not attempt.waiting_for
        state = machine.end_turn(attempt.conversation) if ends else attempt.conversation
        frames = [*attempt.writer.rest(), *attempt.frames]
        return await self.steps.commit(
            attempt.grant,
            Commit(
                state=state.model_dump_json(),
                events=attempt.events,
                frames=[event_json(frame) for frame in frames],
                transcript=[*customer_messages(attempt.grant.inbox), *attempt.activities] if ends else [],
                reply_id=reply_id,
                waiting_for=attempt.waiting_for,
            ),
        )


def _since(at_ms: int) -> int:
    return max(0, round(time.time() * 1000) - at_ms)
