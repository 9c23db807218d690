"""Services running inside the test's process, over real sockets and a real Redis."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import uvicorn

from services.gateway.app import connected, create_app
from services.gateway.server import listen, server_config
from services.gateway.settings import GatewaySettings
from services.router_worker.app import subscribe, watch_deadlines
from services.router_worker.handlers import RouterHandlers
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.protocol import LanguageModel
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from services.router_worker.turns import Turns
from services.shared.bus import Bus
from services.shared.cancellation import cancelled
from services.shared.settings import BudgetSettings, RedisSettings
from tests.claims import claim_check
from tests.eventually import eventually


def a_bus(redis_url: str, *, name: str, **settings: Any) -> Bus:
    """A bus that reads under a name of its own, as another process would."""
    settings = {"reclaim_idle_ms": 1000, **settings}
    bus = Bus(RedisSettings(_env_file=None, redis_url=redis_url, **settings), service=name)
    bus._consumer = name
    return bus


@contextlib.asynccontextmanager
async def running_router(
    redis_url: str, model: LanguageModel, *, name: str = "router-1", **settings: Any
) -> AsyncIterator[Bus]:
    """One replica of the router worker with this language model."""
    bus = a_bus(redis_url, name=name, **settings)
    catalogue = IntentCatalogue.load(RouterSettings(_env_file=None).intents_dir)
    turns = Turns(steps=bus.steps, model=model, books=Phrasebooks.load(catalogue), claims=claim_check())
    handlers = RouterHandlers(turnstile=bus.steps, turns=turns)
    subscribe(bus, handlers)
    async with bus.connected():
        watchdog = asyncio.create_task(watch_deadlines(handlers, 1))
        try:
            yield bus
        finally:
            await cancelled(watchdog)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Signals are the test runner's."""
        yield


@contextlib.asynccontextmanager
async def running_gateway(redis_url: str, *, session_tokens: int = 0, **settings: Any) -> AsyncIterator[str]:
    """One replica of the gateway; yields `host:port`. `session_tokens`: what models may use for one session."""
    generous = {"gateway_messages_per_minute": 1000, "gateway_openings_per_session": 1000}
    values = {"redis_url": redis_url, **generous, **settings}
    gateway = GatewaySettings(_env_file=None, **values)
    bound = listen("127.0.0.1", 0)
    app = create_app(gateway, BudgetSettings(_env_file=None, session_tokens=session_tokens))
    async with connected(app):
        server = _Server(server_config(app))
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            await eventually(lambda: server.started or serving.done())
            yield f"127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
