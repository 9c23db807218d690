"""Having a model write a turn's reply: what it says is shown as it comes, what it asks for is handed back."""

from services.router_worker.attempt import Attempt
from services.router_worker.citations import MarkFilter, sections_of
from services.router_worker.language_models.protocol import (
    LanguageModel,
    ReplyRequest,
    StartOver,
    TextDelta,
    ToolCallWanted,
    Usage,
)
from services.router_worker.transcript import history


def reply_request(attempt: Attempt) -> ReplyRequest:
    """What the reply of this turn is to be written from."""
    turn = attempt.conversation.turn
    return ReplyRequest(
        texts=attempt.texts,
        intent=attempt.intent,
        history=history(attempt.grant.transcript),
        slots=attempt.conversation.slots,
        steps=attempt.steps,
        may_call_tools=turn is not None and turn.may_call_tools,
        language=attempt.book.language,
        session_id=attempt.grant.session_id,
    )


async def write_reply(attempt: Attempt, model: LanguageModel, request: ReplyRequest) -> ToolCallWanted | None:
    """Have the reply written. Returns the tool call that the model wants instead."""
    sections = len(sections_of(attempt.steps))
    marks = MarkFilter(sections)
    wanted: ToolCallWanted | None = None
    async for part in model.reply(request):
        match part:
            case TextDelta(text=text):
                if shown := marks.feed(text):
                    await attempt.writer.say(shown)
            case ToolCallWanted() if request.may_call_tools:
                wanted = wanted or part
            case StartOver():
                wanted, marks = None, MarkFilter(sections)
                attempt.writer.restate("")
            case Usage():
                attempt.account((part,))
    if wanted is None and (rest := marks.end()):
        await attempt.writer.say(rest)
    return wanted
