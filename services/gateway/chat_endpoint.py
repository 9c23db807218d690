"""`/ws`: who may open a socket, and how the one who does is spoken to."""

from dataclasses import dataclass

from starlette.websockets import WebSocket

from services.gateway.chat_socket import ChatSocket
from services.gateway.connections import OPEN, Connection
from services.gateway.conversations import Conversations
from services.gateway.entrance import Arrival, Entrance
from services.gateway.identity import TOKEN_HEADER
from services.gateway.json_view import JsonView
from services.gateway.languages import preferred_language
from services.gateway.limits import SocketLimits, origin_allowed
from services.gateway.replies import Replies
from services.gateway.text_view import TextView
from services.shared.frames import CloseCode


@dataclass(frozen=True, kw_only=True)
class ChatEndpoint:
    """Serves one conversation a socket: docs/frames.md."""

    entrance: Entrance
    conversations: Conversations
    replies: Replies
    sockets: SocketLimits
    allowed_origins: frozenset[str]
    buffer_bytes: int
    idle_seconds: float

    async def serve(self, socket: WebSocket) -> None:
        origin, host = socket.headers.get("origin"), socket.headers.get("host")
        if not origin_allowed(origin, host, self.allowed_origins):
            await socket.close(CloseCode.POLICY)  # before accept: HTTP 403
            return
        await socket.accept()
        address = socket.client.host if socket.client else None
        if self.sockets.address_full(address):
            await socket.close(CloseCode.RATE_LIMITED)
            return
        with self.sockets.address(address), OPEN.track_inprogress():
            await self._chat(socket, address).serve()

    def _chat(self, socket: WebSocket, address: str | None) -> ChatSocket:
        plain_text = socket.query_params.get("format") == "text"
        connection = Connection(socket, self.buffer_bytes)
        return ChatSocket(
            socket=socket,
            connection=connection,
            view=TextView(connection) if plain_text else JsonView(connection),
            arrival=_arrival(socket, address, plain_text=plain_text),
            entrance=self.entrance,
            conversations=self.conversations,
            replies=self.replies,
            sockets=self.sockets,
            idle_seconds=self.idle_seconds,
            opens_itself=plain_text,
        )


def _arrival(socket: WebSocket, address: str | None, *, plain_text: bool) -> Arrival:
    """What the handshake says; who speaks plain text has no other place to say who they are and how they speak."""
    if not plain_text:
        return Arrival(address=address)
    return Arrival(
        address=address,
        identity_token=socket.headers.get(TOKEN_HEADER),
        language=preferred_language(socket.headers.get("accept-language")),
        channel="text",
    )
