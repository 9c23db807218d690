"""AG-UI events in our envelope: what the page and other programs are sent."""

from dataclasses import dataclass

from services.gateway.connections import Connection
from services.gateway.decoding import decode
from services.gateway.entrance import Opened
from services.shared.frames import (
    MESSAGE_ACKNOWLEDGED,
    SESSION_OPENED,
    ClientFrame,
    ErrorFrame,
    custom,
    envelope,
    event_json,
)


@dataclass
class JsonView:
    """Speaks JSON frames, docs/frames.md."""

    connection: Connection

    def decode(self, text: str) -> ClientFrame:
        return decode(text)

    def opened(self, opened: Opened, ref: str) -> None:
        value = {
            "ref": ref,
            "session_token": opened.session.token,
            "session_id": opened.session.session_id,
            "customer_id": opened.session.customer_id,
            "conversation_id": opened.conversation_id,
            "epoch": opened.epoch,
            "cursor": opened.cursor,
            "resumed": opened.viewer_cursor is not None and not opened.is_new,
        }
        self.frame(opened.conversation_id, None, event_json(custom(SESSION_OPENED, value)))

    def acknowledged(self, conversation_id: str, client_id: str, message_id: str) -> None:
        value = {"client_id": client_id, "message_id": message_id}
        self.frame(conversation_id, None, event_json(custom(MESSAGE_ACKNOWLEDGED, value)))

    def frame(self, conversation_id: str, cursor: str | None, event: str) -> None:
        self.connection.send(envelope(conversation_id, cursor, event))

    def error(self, error: ErrorFrame) -> None:
        self.connection.send_error(error)
