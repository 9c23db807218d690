"""The router worker's composition root."""

import asyncio
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from services.router_worker.claims.evidence import NOTHING
from services.router_worker.claims.learning import build_claim_check
from services.router_worker.handlers import RouterHandlers
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.factory import build_language_model
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import ModelSettings, RouterSettings
from services.router_worker.turns import Turns
from services.shared.budget import Budget
from services.shared.bus import Bus
from services.shared.cancellation import cancelled
from services.shared.events import (
    ActionConfirmed,
    ActionDeclined,
    MessageReceived,
    StopRequested,
    ToolCompleted,
)
from services.shared.health import HealthServer
from services.shared.launch import launch
from services.shared.settings import BudgetSettings, RedisSettings, load_settings
from services.shared.streams import CHAT_MESSAGES, TOOL_RESULTS
from services.shared.telemetry import configure_logging

log = structlog.get_logger()

WATCHDOG_SECONDS = 0.25


async def watch_deadlines(handlers: RouterHandlers, partitions: int) -> None:
    """End what is overdue, for ever. Every replica may run this: the fence lets one of them act."""
    while True:
        await asyncio.sleep(WATCHDOG_SECONDS)
        for partition in range(partitions):
            try:
                await handlers.end_overdue(partition, CHAT_MESSAGES.key(partition))
            except (RedisError, OSError) as error:
                log.warning("cannot look for overdue turns", reason=type(error).__name__)


def subscribe(bus: Bus, handlers: RouterHandlers) -> None:
    """The table of contents: stream, group, handlers."""
    on_dead_letter = handlers.on_dead_letter
    bus.subscribe(
        CHAT_MESSAGES,
        "router",
        {
            MessageReceived: handlers.on_message_received,
            StopRequested: handlers.on_stop_requested,
            ActionConfirmed: handlers.on_action_answered,
            ActionDeclined: handlers.on_action_answered,
        },
        on_dead_letter=on_dead_letter,
    )
    bus.subscribe(
        TOOL_RESULTS, "router", {ToolCompleted: handlers.on_tool_completed}, on_dead_letter=on_dead_letter
    )


async def main() -> None:
    settings, router = load_settings(RedisSettings), load_settings(RouterSettings)
    models = load_settings(ModelSettings)
    configure_logging("router_worker", settings)
    catalogue = IntentCatalogue.load(router.intents_dir)
    books = Phrasebooks.load(catalogue, router.translations_dir)
    bus = Bus(settings, service="router")
    budget = Budget(bus.redis, load_settings(BudgetSettings))
    claims = build_claim_check(cache=router.cache_dir)  # before the model: learning takes memory for a moment
    claims.claim_in("", NOTHING)  # reads the wordings now, so that no customer waits for it
    model = build_language_model(models, router, books, budget)
    turns = Turns(
        steps=bus.steps,
        model=model,
        books=books,
        claims=claims,
        people_available=router.people_available,
        time_limit=timedelta(seconds=settings.time_limit_seconds),
    )
    handlers = RouterHandlers(turnstile=bus.steps, turns=turns)
    subscribe(bus, handlers)
    watchdog = asyncio.create_task(watch_deadlines(handlers, settings.partitions))
    async with HealthServer(settings.health_host, settings.health_port, {"redis": bus.healthy}):
        await bus.run()
    await cancelled(watchdog)


if __name__ == "__main__":
    launch(main)
