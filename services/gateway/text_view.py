"""Plain text both ways, for terminals and the simplest clients: a frame in is a message, an answer one frame out."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from services.gateway.connections import Connection
from services.gateway.decoding import check_message
from services.gateway.entrance import Opened
from services.shared.frames import CITATIONS, ClientFrame, ErrorFrame, Message


@dataclass
class TextView:
    """Collects a run's frames and sends its text when the run has ended."""

    connection: Connection
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _sources: list[str] = field(default_factory=list)

    def decode(self, text: str) -> ClientFrame:
        return check_message(Message(type="message", client_id=uuid4().hex, text=text))

    def opened(self, opened: Opened, ref: str) -> None:
        pass

    def acknowledged(self, conversation_id: str, client_id: str, message_id: str) -> None:
        pass

    def frame(self, conversation_id: str, cursor: str | None, event: str) -> None:  # noqa: ARG002
        self._take(orjson.loads(event))

    def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "RUN_STARTED":
                self._texts, self._sources = {}, []
            case "TEXT_MESSAGE_START":
                self._texts[event["messageId"]] = []
            case "TEXT_MESSAGE_CONTENT":
                self._texts.setdefault(event["messageId"], []).append(event["delta"])
            case "ACTIVITY_SNAPSHOT" if event["activityType"] == CITATIONS:
                citations = event["content"]["citations"]
                self._sources = [f"[{each['number']}] {each['title']}" for each in citations]
            case "RUN_FINISHED" | "RUN_ERROR":
                self._answer()

    def _answer(self) -> None:
        paragraphs = ["".join(parts) for parts in self._texts.values()]
        if self._sources:
            paragraphs.append("Sources: " + ", ".join(self._sources))
        self.connection.send("\n\n".join(paragraphs))
        self._texts, self._sources = {}, []

    def error(self, error: ErrorFrame) -> None:
        self.connection.send(f"error: {error.code}: {error.message}")
