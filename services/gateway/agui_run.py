"""One run of an AG-UI client, made from the frames of our conversation: pure, and as AG-UI's verifier wants it.

Our log may begin a message or a run anew when another worker has taken a turn over; AG-UI has no such thing. What was
begun is then closed, and a snapshot of what the client had before takes it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from services.shared.frames import HANDOFF, STATUS

Event: TypeAlias = dict[str, Any]

_FORWARDED = frozenset({STATUS, HANDOFF})
_END_OF = {"TEXT_MESSAGE_START": "TEXT_MESSAGE_END", "TOOL_CALL_START": "TOOL_CALL_END"}


@dataclass
class AguiRun:
    """Turns frames into the events of the run that answers one message; `ended` once it is answered."""

    thread_id: str
    run_id: str
    messages: list[Event]
    """What the client had before this run."""
    message_id: str
    ended: bool = False
    _begun: set[str] = field(default_factory=set)
    _open: dict[str, Event] = field(default_factory=dict)

    def started(self) -> Event:
        return {"type": "RUN_STARTED", "threadId": self.thread_id, "runId": self.run_id}

    def failed(self, code: str, message: str) -> Event:
        self.ended = True
        return {"type": "RUN_ERROR", "code": code, "message": message}

    def take(self, event: Event) -> Iterator[Event]:
        """What the client is told of a frame."""
        match event["type"]:
            case "MESSAGES_SNAPSHOT":
                yield from self._from_snapshot(event["messages"])
            case "RUN_STARTED":
                yield from self._begin(event["runId"])
            case "TEXT_MESSAGE_START":
                yield from self._begin(event["messageId"])
                yield self._opened(event["messageId"], event)
            case "TOOL_CALL_START":
                yield self._opened(event["toolCallId"], event)
            case "TEXT_MESSAGE_END" | "TOOL_CALL_END":
                if self._open.pop(event.get("messageId") or event["toolCallId"], None):
                    yield event
            case "RUN_FINISHED":
                yield from self._finish(event, event.get("result"))
            case "RUN_ERROR":
                yield from self._finish(event, event.get("metadata"))
            case "CUSTOM" if event["name"] not in _FORWARDED:
                return
            case _:
                yield event

    def _begin(self, name: str) -> Iterator[Event]:
        """Note that something begins; when it has begun before, what was shown of it is taken back."""
        if name in self._begun:
            yield from self._take_back()
        self._begun.add(name)

    def _take_back(self) -> Iterator[Event]:
        yield from self._close()
        self._begun.clear()
        yield {"type": "MESSAGES_SNAPSHOT", "messages": self.messages}

    def _opened(self, name: str, event: Event) -> Event:
        self._open[name] = event
        return event

    def _close(self) -> Iterator[Event]:
        for event in self._open.values():
            key = "messageId" if event["type"] == "TEXT_MESSAGE_START" else "toolCallId"
            yield {"type": _END_OF[event["type"]], key: event[key]}
        self._open.clear()

    def _finish(self, event: Event, answered: Event | None) -> Iterator[Event]:
        """End the run when it is the one that answers the message; another's end is not told."""
        yield from self._close()
        if self.message_id in (answered or {}).get("in_reply_to", ()):
            self.ended = True
            ours = (
                {"threadId": self.thread_id, "runId": self.run_id} if event["type"] == "RUN_FINISHED" else {}
            )
            yield {**event, **ours}

    def _from_snapshot(self, messages: list[Event]) -> Iterator[Event]:
        """An answer that was complete before the client asked, or while it was not listening."""
        if self._begun:
            yield from self._take_back()
        place = next((n for n, each in enumerate(messages) if self._is_answer(each)), None)
        if place is None:
            return
        reply = messages[place]
        yield from map(_activity, _beside(messages[:place][::-1])[::-1])
        if reply["content"]:
            yield {"type": "TEXT_MESSAGE_START", "messageId": reply["id"], "role": "assistant"}
            yield {"type": "TEXT_MESSAGE_CONTENT", "messageId": reply["id"], "delta": reply["content"]}
            yield {"type": "TEXT_MESSAGE_END", "messageId": reply["id"]}
        yield from map(_activity, _beside(messages[place + 1 :]))
        yield self._ending(reply)

    def _is_answer(self, message: Event) -> bool:
        return self.message_id in message.get("metadata", {}).get("in_reply_to", ())

    def _ending(self, reply: Event) -> Event:
        metadata = reply["metadata"]
        if metadata.get("failed"):
            return self.failed("reply_failed", reply["content"])
        self.ended = True
        outcome = {"outcome": {"type": "cancelled"}} if metadata.get("stopped") else {}
        result = {"in_reply_to": metadata["in_reply_to"]}
        return self.started() | {"type": "RUN_FINISHED", "result": result} | outcome


def _beside(messages: list[Event]) -> list[Event]:
    """The cards that stand at the beginning."""
    end = next((n for n, each in enumerate(messages) if each["role"] != "activity"), len(messages))
    return messages[:end]


def _activity(message: Event) -> Event:
    fields = {"activityType": message["activityType"], "content": message["content"]}
    return {"type": "ACTIVITY_SNAPSHOT", "messageId": message["id"], **fields}
