"""The gateway's composition root."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from http import HTTPStatus

import uvicorn
from fastapi import FastAPI, WebSocket
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request

from services.gateway import health
from services.gateway.agui import AguiEndpoint
from services.gateway.agui_threads import Threads
from services.gateway.allowance import Allowance
from services.gateway.chat_socket import ChatSocket, JsonView
from services.gateway.connections import OPEN, Connection
from services.gateway.conversations import Conversations
from services.gateway.demo import DemoShop
from services.gateway.demo_endpoint import DemoEndpoint
from services.gateway.entrance import Arrival, Entrance
from services.gateway.identity import TOKEN_HEADER, HostSite, Identity, Issuer
from services.gateway.limits import SocketLimits, origin_allowed
from services.gateway.openings import OpeningLimits
from services.gateway.replies import Replies
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from services.gateway.text_view import TextView
from services.shared.budget import Budget
from services.shared.bus import Bus
from services.shared.errors import SetupError
from services.shared.frame_log import FrameLog
from services.shared.frames import MAX_FRAME_BYTES, CloseCode
from services.shared.launch import launch
from services.shared.settings import BudgetSettings, load_settings
from services.shared.telemetry import configure_logging

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
NOT_BUILT = "<h1>The page is not built</h1><p>Run <code>make frontend</code>, then reload.</p>"
SHUTDOWN_SECONDS = 10
# A conversation or session in which nothing was said yet. services/shared/commit.lua has the conversation's.
UNUSED = timedelta(hours=2)
# The kernel would hold some megabytes for a reader that does not read, beside what the gateway holds.
SEND_BUFFER_BYTES = 131_072
UNREAD_MS = 60_000


def create_app(settings: GatewaySettings, limits: BudgetSettings) -> FastAPI:
    """The gateway over one Redis; `connected` sets it to work."""
    bus = Bus(settings, service="gateway")
    frames = FrameLog(bus.redis, partitions=settings.partitions)
    replies = Replies(bus.redis, frames)
    sockets = SocketLimits(
        per_session=settings.gateway_sockets_per_session,
        per_address=settings.gateway_sockets_per_address,
    )
    sessions = Sessions(
        bus.redis,
        guest=timedelta(days=settings.gateway_session_days),
        signed_in=timedelta(hours=settings.gateway_signed_in_hours),
        unused=UNUSED,
    )
    demo = DemoShop(redis=bus.redis) if settings.gateway_demo_customers else None
    entrance = Entrance(
        sessions=sessions,
        identity=Identity(issuers=_issuers(settings, demo)),
        limits=OpeningLimits(
            steps=bus.steps,
            sockets=sockets,
            per_session=settings.gateway_openings_per_session,
            per_address=settings.gateway_openings_per_address,
            in_all=settings.gateway_openings_per_minute,
        ),
        steps=bus.steps,
        frames=frames,
    )
    conversations = Conversations(
        sessions=sessions,
        steps=bus.steps,
        frames=frames,
        publisher=bus,
        allowance=Allowance(
            redis=bus.redis,
            budget=Budget(bus.redis, limits),
        ),
        messages_per_minute=settings.gateway_messages_per_minute,
        waiting_per_conversation=settings.gateway_waiting_per_conversation,
        waiting_conversations=max(1, settings.gateway_waiting_conversations // settings.partitions),
    )

    app = FastAPI(title="supportbot gateway", docs_url=None, redoc_url=None)
    app.state.bus, app.state.replies = bus, replies
    app.middleware("http")(_security_headers)

    @app.websocket("/ws")
    async def chat(socket: WebSocket) -> None:
        """One conversation a socket: docs/frames.md."""
        address = socket.client.host if socket.client else None
        origin, host = socket.headers.get("origin"), socket.headers.get("host")
        if not origin_allowed(origin, host, settings.allowed_origins):
            await socket.close(CloseCode.POLICY)  # before accept: HTTP 403
            return
        await socket.accept()
        if sockets.address_full(address):
            await socket.close(CloseCode.RATE_LIMITED)
            return
        plain_text = socket.query_params.get("format") == "text"
        connection = Connection(socket, settings.gateway_buffer_bytes)
        with sockets.address(address), OPEN.track_inprogress():
            await ChatSocket(
                socket=socket,
                connection=connection,
                view=TextView(connection) if plain_text else JsonView(connection),
                arrival=_arrival(socket, plain_text=plain_text),
                entrance=entrance,
                conversations=conversations,
                replies=replies,
                sockets=sockets,
                idle_seconds=settings.gateway_idle_seconds,
                opens_itself=plain_text,
            ).serve()

    agui = AguiEndpoint(
        threads=Threads(
            redis=bus.redis,
            entrance=entrance,
            lifetime=timedelta(days=settings.gateway_session_days),
        ),
        conversations=conversations,
        replies=replies,
        sockets=sockets,
        allowed_origins=settings.allowed_origins,
        buffer_bytes=settings.gateway_buffer_bytes,
    )
    app.add_route("/agui", agui.serve, methods=["POST", "OPTIONS"])
    customers = DemoEndpoint(shop=demo)
    app.add_route("/demo/customers", customers.customers)
    app.add_route("/demo/identity", customers.identity, methods=["POST"])
    app.add_route("/healthz", health.healthz)
    app.add_route("/readyz", health.readyz)
    app.add_route("/metrics", health.metrics)
    if (settings.gateway_web_dir / "index.html").is_file():
        app.mount("/", StaticFiles(directory=settings.gateway_web_dir, html=True))
    else:
        app.add_route("/", _not_built)
    return app


def _issuers(settings: GatewaySettings, demo: DemoShop | None) -> list[Issuer]:
    issuers: list[Issuer] = [demo] if demo else []
    if key := settings.identity_key:
        issuers.append(HostSite(key=key, audience=settings.gateway_identity_audience))
    return issuers


def _arrival(socket: WebSocket, *, plain_text: bool) -> Arrival:
    """What the handshake says; who speaks plain text has no other way to say who the customer is."""
    address = socket.client.host if socket.client else None
    if not plain_text:
        return Arrival(address=address)
    return Arrival(address=address, identity_token=socket.headers.get(TOKEN_HEADER), channel="text")


@contextlib.asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    """The gateway at work: the bus connected, frames pushed to the sockets."""
    async with app.state.bus.connected():
        pushing = asyncio.create_task(app.state.replies.run())
        try:
            yield
        finally:
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)


async def _not_built(request: Request) -> Response:  # noqa: ARG001
    return HTMLResponse(NOT_BUILT, status_code=HTTPStatus.SERVICE_UNAVAILABLE)


async def _security_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises SetupError naming the port when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)  # of each accepted socket
    if sys.platform == "linux":  # the kernel drops a peer that takes nothing for so long
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    try:
        bound.bind((host, port))
    except OSError as error:
        message = f"port {port} on {host} cannot be used ({error.strerror}): set another GATEWAY_PORT"
        raise SetupError(message) from None
    return bound


class Server(uvicorn.Server):
    """A server that ends on SIGTERM and SIGINT and leaves its process alive to finish."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def server_config(app: FastAPI) -> uvicorn.Config:
    """How the gateway is served: frames bounded, nothing compressed, idle connections found out."""
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        server_header=False,
    )


async def main() -> None:
    settings = load_settings(GatewaySettings)
    configure_logging("gateway", settings)
    bound = listen(settings.gateway_host, settings.gateway_port)
    app = create_app(settings, load_settings(BudgetSettings))
    async with connected(app):
        await Server(server_config(app)).serve(sockets=[bound])


if __name__ == "__main__":
    launch(main)
