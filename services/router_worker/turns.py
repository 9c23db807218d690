"""Work on a turn: load what the grant brings, decide, say it, commit."""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog
from ag_ui.core import BaseEvent

from services.router_worker import conversation as machine
from services.router_worker import endings, turn_frames
from services.router_worker.attempt import Attempt
from services.router_worker.claims.check import ClaimCheck
from services.router_worker.conversation import Call, Conversation
from services.router_worker.handoff import hand_over, offered, summary
from services.router_worker.language_models.protocol import (
    LanguageModel,
    ModelError,
    ToolCallWanted,
)
from services.router_worker.left_out import left_out
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.plans import Ask, HandOff, Plan, Reply, UseTool
from services.router_worker.reply_writing import reply_request, write_reply
from services.router_worker.tool_results import next_step, take_result
from services.router_worker.tool_wishes import NotAllowedError, arguments_for, refuse
from services.router_worker.turn_routing import route_turn
from services.router_worker.turn_writer import FrameSteps, TurnWriter
from services.shared.events import HandoffRequested, ToolCompleted, ToolRequested
from services.shared.frames import HANDOFF, custom
from services.shared.grants import Commit, Committed, Grant, reply_id_of

log = structlog.get_logger()

# The models have answered this long before the turn's deadline, and get at least so much.
_FOR_THE_END_SECONDS = 4.0
_SHORTEST_SECONDS = 2.0


class TurnSteps(FrameSteps, Protocol):
    async def commit(self, grant: Grant, step: Commit) -> Committed: ...


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Works on granted turns, each in the language of its customer.

    `people_available`: somebody of the team is there to take over; else the customer is asked for an address.
    `time_limit`: within it an accepted message has its answer.
    """

    steps: TurnSteps
    model: LanguageModel
    books: Phrasebooks
    claims: ClaimCheck
    people_available: bool = False
    time_limit: timedelta = timedelta(seconds=45)

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
            return await self.steps.commit(grant, endings.finished(attempt, stopped=True))
        try:
            ended = await attempt.writer.run(self._advance(attempt, completed))
        except ModelError as error:
            attempt.account(error.usage, error.switches)
            return await self._fail(attempt, reason=f"model: {error}")
        if ended == "fenced":
            return "fenced"
        if attempt.waiting_for:  # a wish to stop is still there when the result comes
            return await self.steps.commit(grant, endings.waiting(attempt))
        return await self.steps.commit(grant, endings.finished(attempt, stopped=ended == "stop"))

    def _attempt(self, grant: Grant, conversation: Conversation) -> Attempt:
        writer = TurnWriter(self.steps, grant, message_id=reply_id_of(grant.turn_id))
        return Attempt(
            grant=grant,
            writer=writer,
            conversation=conversation,
            book=self.books.of(grant.language),
            model=self.model.name,
            until=time.monotonic() + self._seconds_left(grant),
        )

    def _seconds_left(self, grant: Grant) -> float:
        """For the models: by the clock of the server that took the message in, which may differ from ours."""
        passed = time.time() - grant.inbox[0].at_ms / 1000
        longest = self.time_limit.total_seconds() - _FOR_THE_END_SECONDS
        return min(max(longest - passed, _SHORTEST_SECONDS), longest)

    async def _fail(self, attempt: Attempt, *, reason: str) -> Committed:
        log.warning("turn failed", conversation_id=attempt.grant.conversation_id, reason=reason)
        ending = endings.failed(attempt, apology=attempt.book.texts.apology, reason=reason)
        return await self.steps.commit(attempt.grant, ending)

    async def _advance(self, attempt: Attempt, completed: ToolCompleted | None) -> None:
        plan: Plan
        if completed is not None:
            attempt.conversation = take_result(attempt.conversation, completed, attempt.book.catalogue)
            await attempt.writer.frames(*_result_frames(attempt, completed))
            plan = next_step(attempt.conversation)
        else:
            plan = await route_turn(attempt, self.model)
        match plan:
            case Ask(text=text):
                await attempt.writer.say(text)
            case HandOff():
                await self._hand_off(attempt, plan)
            case UseTool(tool=tool, arguments=arguments):
                self._request_tool(attempt, tool, arguments)
            case Reply():
                await self._reply(attempt)

    async def _reply(self, attempt: Attempt) -> None:
        request = reply_request(attempt)
        wanted = await write_reply(attempt, self.model, request, self.claims)
        if wanted is not None:
            await self._grant_wish(attempt, wanted)
        elif not attempt.writer.text.strip():
            # No turn ends in silence: not that of a model without words, nor of one that only asks for tools.
            if request.may_call_tools:
                raise ModelError("the reply is empty")
            await self._hand_off(attempt, HandOff(reason="limit"))
        else:
            await self._close(attempt)

    async def _grant_wish(self, attempt: Attempt, wanted: ToolCallWanted) -> None:
        """Have the tool called; where that is not allowed, the model is told so and goes on."""
        try:
            arguments = arguments_for(
                wanted, attempt.customers_words, attempt.conversation.open_turn, attempt.book.catalogue.slots
            )
        except NotAllowedError as error:
            log.warning("a tool call was not allowed", tool=wanted.tool, reason=str(error))
            attempt.conversation = refuse(attempt.conversation, wanted, error)
            attempt.writer.restate("")
            await self._reply(attempt)
        else:
            self._request_tool(attempt, wanted.tool, arguments)

    async def _close(self, attempt: Attempt) -> None:
        """After the reply one question at most: a person comes, is offered, or a value is asked for."""
        turn, reason = attempt.conversation.open_turn, offered(attempt.conversation)
        if unmade := left_out(turn.todo, attempt.book):
            await _add(attempt, unmade)
        if turn.hands_off is not None:
            await self._hand_off(attempt, HandOff(reason=turn.hands_off))
            return
        if turn.then and (reason is None or attempt.conversation.question is None):
            await _add(attempt, turn.then)
        if reason is not None:
            attempt.conversation = attempt.conversation.but(offer=reason)
            await _add(attempt, attempt.book.texts.offer)

    async def _hand_off(self, attempt: Attempt, plan: HandOff) -> None:
        about = plan.summary or summary(attempt.conversation, attempt.texts)
        attempt.conversation, text = hand_over(
            attempt.conversation, plan, attempt.book, people_available=self.people_available
        )
        attempt.handoff = plan.reason
        attempt.events.append(HandoffRequested(**attempt.envelope(), reason=plan.reason, summary=about))
        attempt.frames.append(custom(HANDOFF, {"reason": plan.reason, "text": text}))
        await _add(attempt, text)

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
            turn_frames.status("tool", attempt.book.texts.status(tool), tool=tool),
            *turn_frames.tool_requested(call_id, tool, arguments, reply_id=attempt.writer.message_id),
        ]


async def _add(attempt: Attempt, text: str) -> None:
    """Say something after what was said."""
    await attempt.writer.say(f"\n\n{text}" if attempt.writer.text else text)


def _result_frames(attempt: Attempt, completed: ToolCompleted) -> list[BaseEvent]:
    return [
        turn_frames.tool_completed(completed),
        turn_frames.status("writing", None),
        *(turn_frames.activity_frame(*card) for card in turn_frames.order_cards(attempt.steps[-1:])),
    ]
