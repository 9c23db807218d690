"""What the events of a conversation amount to: each message's answer."""

from dataclasses import dataclass, field
from typing import Any

from services.shared.frames import (
    CITATIONS,
    HANDOFF,
    MESSAGE_ACCEPTED,
    MESSAGE_ACKNOWLEDGED,
    ORDER,
    ORDERS,
    STATUS,
)


@dataclass
class Answer:
    """One run of the bot: texts, cards and sources by their ids. `status` is what it does meanwhile."""

    texts: dict[str, str] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    citations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    handoff: str | None = None
    status: str | None = None
    stopped: bool = False
    failed: bool = False
    in_reply_to: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n\n".join(text for text in self.texts.values() if text)

    @property
    def sources(self) -> list[dict[str, Any]]:
        return [citation for citations in self.citations.values() for citation in citations]


class Answers:
    """The conversation so far; `apply` takes in one event."""

    def __init__(self) -> None:
        self.current = Answer()
        self._runs: dict[str, Answer] = {}
        self._ended: list[Answer] = []
        self._message_ids: dict[str, str] = {}

    def to(self, client_id: str) -> Answer | None:
        """The whole answer to a message; None while it has none."""
        message_id = self._message_ids.get(client_id)
        return next((answer for answer in self._ended if message_id in answer.in_reply_to), None)

    def apply(self, event: dict[str, Any]) -> None:
        match event:
            case {"type": "RUN_STARTED", "runId": run_id}:
                self.current = self._runs.setdefault(run_id, Answer())
                self.current.status = None
            case {"type": "TEXT_MESSAGE_START", "messageId": message_id}:
                self.current.texts[message_id] = ""
            case {"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": delta}:
                self.current.texts[message_id] = self.current.texts.get(message_id, "") + delta
            case {
                "type": "ACTIVITY_SNAPSHOT",
                "messageId": message_id,
                "activityType": kind,
                "content": content,
            }:
                _add_activity(self.current, message_id, kind, content)
            case {"type": "RUN_FINISHED", "result": result}:
                self.current.stopped = (event.get("outcome") or {}).get("type") == "cancelled"
                self._end(result["in_reply_to"])
            case {"type": "RUN_ERROR", "metadata": metadata}:
                self.current.failed = True
                self._end(metadata["in_reply_to"])
            case {"type": "MESSAGES_SNAPSHOT", "messages": messages}:
                self._restore(messages)
            case {"type": "CUSTOM", "name": name, "value": value}:
                self._apply_custom(name, value)

    def _apply_custom(self, name: str, value: dict[str, Any]) -> None:
        if name in {MESSAGE_ACKNOWLEDGED, MESSAGE_ACCEPTED}:
            self._message_ids[value["client_id"]] = value["message_id"]
        elif name == STATUS:
            self.current.status = value["text"]
        elif name == HANDOFF:
            self.current.handoff = value["text"]

    def _end(self, in_reply_to: list[str]) -> None:
        self.current.in_reply_to = tuple(in_reply_to)
        self.current.status = None
        self._ended.append(self.current)

    def _restore(self, messages: list[dict[str, Any]]) -> None:
        """Everything anew: an answer is what stands between two groups of the customer's messages."""
        self._runs, self._ended, self.current = {}, [], Answer()
        before = "user"
        for message in messages:
            if message["role"] == "user":
                self._message_ids[message["metadata"]["client_id"]] = message["id"]
            else:
                if before == "user":
                    self.current = Answer()
                    self._ended.append(self.current)
                _add_message(self.current, message)
            before = message["role"]


def _add_message(answer: Answer, message: dict[str, Any]) -> None:
    if message["role"] == "activity":
        _add_activity(answer, message["id"], message["activityType"], message["content"])
        return
    metadata = message.get("metadata", {})
    answer.texts[message["id"]] = message["content"]
    answer.in_reply_to = (*answer.in_reply_to, *metadata.get("in_reply_to", ()))
    answer.stopped = bool(metadata.get("stopped"))
    answer.failed = bool(metadata.get("failed"))


def _add_activity(answer: Answer, message_id: str, kind: str, content: dict[str, Any]) -> None:
    if kind == ORDER:
        answer.orders[message_id] = content["order"]
    elif kind == ORDERS:
        answer.lists[message_id] = content
    elif kind == CITATIONS:
        answer.citations[message_id] = content["citations"]
