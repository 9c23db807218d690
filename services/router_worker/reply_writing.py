"""Having a model write a turn's reply: what it says is shown as it comes, what it asks for is handed back."""

from services.router_worker.attempt import Attempt
from services.router_worker.citations import MarkFilter, sections_of
from services.router_worker.claims.check import ClaimCheck
from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.reply_check import ReplyCheck
from services.router_worker.language_models.protocol import (
    LanguageModel,
    ReplyRequest,
    StartOver,
    Switched,
    TextDelta,
    ToolCallWanted,
    Usage,
)
from services.router_worker.transcript import history
from services.shared.events import Claim, ReplyWithheld


def reply_request(attempt: Attempt) -> ReplyRequest:
    """What the reply of this turn is to be written from."""
    turn = attempt.conversation.turn
    return ReplyRequest(
        texts=attempt.texts,
        intent=attempt.intent,
        also=turn.also if turn else (),
        history=history(attempt.grant.transcript),
        slots=attempt.conversation.slots,
        steps=attempt.steps,
        may_call_tools=turn is not None and turn.may_call_tools,
        language=attempt.book.language,
        session_id=attempt.grant.session_id,
        limits=attempt.limits,
    )


async def write_reply(
    attempt: Attempt, model: LanguageModel, request: ReplyRequest, claims: ClaimCheck
) -> ToolCallWanted | None:
    """Have the reply written. Returns the tool call that the model wants instead."""
    draft = _Draft(attempt, claims)
    wanted: ToolCallWanted | None = None
    async for part in model.reply(request):
        match part:
            case TextDelta():
                await draft.add(part)
            case ToolCallWanted() if request.may_call_tools:
                wanted = wanted or part
            case StartOver():
                wanted, draft = None, _Draft(attempt, claims)
                attempt.writer.restate("")
            case Switched():
                attempt.account((), (part,))
            case Usage():
                attempt.account((part,))
    if wanted is None:
        await draft.end()
    return wanted


class _Draft:
    """A reply on its way from the model to the customer. What it makes up without evidence ends it honestly."""

    def __init__(self, attempt: Attempt, claims: ClaimCheck) -> None:
        self._attempt = attempt
        self._marks = MarkFilter(len(sections_of(attempt.steps)))
        self._composed = False
        self._check = ReplyCheck(claims, Evidence.of(attempt.steps, handed_off=bool(attempt.handoff)))

    async def add(self, part: TextDelta) -> None:
        if self._check.withheld is None:
            self._composed = part.composed
            text = self._marks.feed(part.text)
            await self._show(text if part.composed else self._check.feed(text))

    async def end(self) -> None:
        if self._check.withheld is None:
            rest = self._marks.end()
            await self._show(rest if self._composed else self._check.feed(rest) + self._check.end())
        if claim := self._check.withheld:
            attempt = self._attempt
            attempt.events.append(
                ReplyWithheld(
                    **attempt.envelope(),
                    message_id=attempt.writer.message_id,
                    claim=claim,
                    model=attempt.model,
                )
            )

    async def _show(self, text: str) -> None:
        writer = self._attempt.writer
        if text:
            await writer.say(text)
        if claim := self._check.withheld:
            kept = self._check.kept.rstrip()
            if writer.text.rstrip() != kept:  # the claim's first words were shown
                writer.restate(kept)
            await writer.say(("\n\n" if kept else "") + self._instead_of(claim))

    def _instead_of(self, claim: Claim) -> str:
        texts = self._attempt.book.texts
        return texts.withheld_handoff if claim == "handoff" else texts.withheld
