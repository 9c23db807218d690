"""The gateway's composition root."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request

from services.gateway import health
from services.gateway.agui import AguiEndpoint
from services.gateway.agui_threads import Threads
from services.gateway.allowance import Allowance
from services.gateway.chat_endpoint import ChatEndpoint
from services.gateway.conversations import Conversations
from services.gateway.demo import DemoShop
from services.gateway.demo_endpoint import DemoEndpoint
from services.gateway.entrance import Entrance
from services.gateway.identity import HostSite, Identity, Issuer
from services.gateway.limits import SocketLimits
from services.gateway.openings import OpeningLimits
from services.gateway.replies import Replies
from services.gateway.server import Server, listen, server_config
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from services.shared.budget import Budget
from services.shared.bus import Bus
from services.shared.cancellation import cancelled
from services.shared.customer_steps import CustomerSteps
from services.shared.frame_log import FrameLog
from services.shared.launch import launch
from services.shared.settings import BudgetSettings, load_settings
from services.shared.telemetry import configure_logging

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
NOT_BUILT = "<h1>The page is not built</h1><p>Run <code>make frontend</code>, then reload.</p>"
# A conversation or session in which nothing was said yet. services/shared/commit.lua has the conversation's.
UNUSED = timedelta(hours=2)


def create_app(settings: GatewaySettings, limits: BudgetSettings) -> FastAPI:
    """The gateway over one Redis; `connected` sets it to work."""
    bus = Bus(settings, service="gateway")
    frames = FrameLog(bus.redis, partitions=settings.partitions)
    replies = Replies(bus.redis, frames)
    sockets = SocketLimits(
        per_session=settings.gateway_sockets_per_session,
        per_address=settings.gateway_sockets_per_address,
    )
    sessions = _sessions(settings, bus)
    demo = DemoShop(redis=bus.redis) if settings.gateway_demo_customers else None
    entrance = Entrance(
        sessions=sessions,
        identity=_identity(settings, demo),
        limits=_opening_limits(settings, bus.steps, sockets),
        steps=bus.steps,
        frames=frames,
    )
    conversations = _conversations(settings, limits, bus, sessions, frames)

    app = FastAPI(title="supportbot gateway", docs_url=None, redoc_url=None)
    app.state.bus, app.state.replies = bus, replies
    app.middleware("http")(_security_headers)
    chat = ChatEndpoint(
        entrance=entrance,
        conversations=conversations,
        replies=replies,
        sockets=sockets,
        allowed_origins=settings.allowed_origins,
        buffer_bytes=settings.gateway_buffer_bytes,
        idle_seconds=settings.gateway_idle_seconds,
    )
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
    _add_routes(app, chat, agui, DemoEndpoint(shop=demo))
    _add_page(app, settings.gateway_web_dir)
    return app


def _add_routes(app: FastAPI, chat: ChatEndpoint, agui: AguiEndpoint, demo: DemoEndpoint) -> None:
    app.add_api_websocket_route("/ws", chat.serve)
    app.add_route("/agui", agui.serve, methods=["POST", "OPTIONS"])
    app.add_route("/demo/customers", demo.customers)
    app.add_route("/demo/identity", demo.identity, methods=["POST"])
    app.add_route("/healthz", health.healthz)
    app.add_route("/readyz", health.readyz)
    app.add_route("/metrics", health.metrics)


def _add_page(app: FastAPI, built: Path) -> None:
    if (built / "index.html").is_file():
        app.mount("/", StaticFiles(directory=built, html=True))
    else:
        app.add_route("/", _not_built)


def _sessions(settings: GatewaySettings, bus: Bus) -> Sessions:
    return Sessions(
        bus.redis,
        guest=timedelta(days=settings.gateway_session_days),
        signed_in=timedelta(hours=settings.gateway_signed_in_hours),
        unused=UNUSED,
    )


def _conversations(
    settings: GatewaySettings, limits: BudgetSettings, bus: Bus, sessions: Sessions, frames: FrameLog
) -> Conversations:
    return Conversations(
        sessions=sessions,
        steps=bus.steps,
        frames=frames,
        publisher=bus,
        allowance=Allowance(redis=bus.redis, budget=Budget(bus.redis, limits)),
        messages_per_minute=settings.gateway_messages_per_minute,
        waiting_per_conversation=settings.gateway_waiting_per_conversation,
        waiting_conversations=max(1, settings.gateway_waiting_conversations // settings.partitions),
    )


def _identity(settings: GatewaySettings, demo: DemoShop | None) -> Identity:
    issuers: list[Issuer] = [demo] if demo else []
    if key := settings.identity_key:
        issuers.append(HostSite(key=key, audience=settings.gateway_identity_audience))
    return Identity(issuers=issuers)


def _opening_limits(settings: GatewaySettings, steps: CustomerSteps, sockets: SocketLimits) -> OpeningLimits:
    return OpeningLimits(
        steps=steps,
        sockets=sockets,
        per_session=settings.gateway_openings_per_session,
        per_address=settings.gateway_openings_per_address,
        in_all=settings.gateway_openings_per_minute,
    )


@contextlib.asynccontextmanager
async def connected(app: FastAPI) -> AsyncIterator[None]:
    """The gateway at work: the bus connected, frames pushed to the sockets."""
    async with app.state.bus.connected():
        pushing = asyncio.create_task(app.state.replies.run())
        try:
            yield
        finally:
            await cancelled(pushing)


async def _not_built(request: Request) -> Response:  # noqa: ARG001
    return HTMLResponse(NOT_BUILT, status_code=HTTPStatus.SERVICE_UNAVAILABLE)


async def _security_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def main() -> None:
    settings = load_settings(GatewaySettings)
    configure_logging("gateway", settings)
    bound = listen(settings.gateway_host, settings.gateway_port)
    app = create_app(settings, load_settings(BudgetSettings))
    async with connected(app):
        await Server(server_config(app)).serve(sockets=[bound])


if __name__ == "__main__":
    launch(main)
