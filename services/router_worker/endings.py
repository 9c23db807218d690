"""How a step of a turn ends: with a reply, with an apology, or waiting for a tool. Pure."""

import time

from ag_ui.core import TextMessageEndEvent

from services.router_worker import conversation as machine
from services.router_worker import turn_frames
from services.router_worker.attempt import Attempt
from services.router_worker.citations import cited, sections_of
from services.router_worker.transcript import activity, bot_message, customer_messages
from services.shared.events import ReplyCompleted, ReplyFailed
from services.shared.frames import event_json
from services.shared.grants import Commit


def finished(attempt: Attempt, *, stopped: bool) -> Commit:
    """The end of a turn that was answered, or that the customer stopped."""
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
            model=attempt.model,
            duration_ms=_since(attempt.grant.inbox[0].at_ms),
        )
    )
    sources = turn_frames.citation_cards(message_id, citations, sections)
    attempt.frames += [
        *([TextMessageEndEvent(message_id=message_id)] if text else []),
        *(turn_frames.activity_frame(*card) for card in sources),
        turn_frames.run_finished(attempt.grant, attempt.message_ids, stopped=stopped),
    ]
    metadata = {"in_reply_to": attempt.message_ids, "intent": attempt.intent, "stopped": stopped}
    if attempt.handoff:
        metadata["handoff"] = attempt.handoff
    orders = turn_frames.order_cards(attempt.steps)  # shown when they were found, told before the reply
    said = [
        *(activity(*card) for card in orders),
        bot_message(message_id, text, **metadata),
        *(activity(*card) for card in sources),
    ]
    return _end(attempt, said)


def failed(attempt: Attempt, *, apology: str, reason: str) -> Commit:
    """The end of a turn that could not be answered: the apology stands in place of what was said."""
    message_id = attempt.writer.message_id
    attempt.writer.restate(apology)
    attempt.events.append(
        ReplyFailed(
            **attempt.envelope(),
            message_id=message_id,
            in_reply_to=attempt.message_ids,
            text=apology,
            reason=reason,
        )
    )
    attempt.frames = [
        TextMessageEndEvent(message_id=message_id),
        turn_frames.run_failed(apology, attempt.message_ids),
    ]
    return _end(attempt, [bot_message(message_id, apology, in_reply_to=attempt.message_ids, failed=True)])


def waiting(attempt: Attempt) -> Commit:
    """The step's end, with the turn left open for the tool call that it waits for."""
    return Commit(
        state=attempt.conversation.but_turn(model_calls=attempt.calls_made).model_dump_json(),
        events=attempt.events,
        frames=_frames(attempt),
        waiting_for=attempt.waiting_for,
    )


def _end(attempt: Attempt, said: list[str]) -> Commit:
    return Commit(
        state=machine.end_turn(attempt.conversation).model_dump_json(),
        events=attempt.events,
        frames=_frames(attempt),
        transcript=[*customer_messages(attempt.grant.inbox), *said],
        reply_id=attempt.writer.message_id,
    )


def _frames(attempt: Attempt) -> list[str]:
    return [event_json(frame) for frame in (*attempt.writer.rest(), *attempt.frames)]


def _since(at_ms: int) -> int:
    return max(0, round(time.time() * 1000) - at_ms)
