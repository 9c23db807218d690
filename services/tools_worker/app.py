"""The tools worker: runs the tools that the router asks for."""

import asyncio

from redis.asyncio import Redis

from services.shared.bus import Bus
from services.shared.cancellation import cancelled
from services.shared.events import ToolRequested
from services.shared.health import HealthServer
from services.shared.launch import launch
from services.shared.settings import PostgresSettings, RedisSettings, load_settings
from services.shared.streams import TOOL_REQUESTS
from services.shared.telemetry import configure_logging
from services.tools_worker.handlers import ToolHandlers
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.knowledge.loading import load_knowledge
from services.tools_worker.orders.http import HttpOrders
from services.tools_worker.orders.postgres import PostgresOrders
from services.tools_worker.orders.source import OrderSource
from services.tools_worker.orders.wrong_tries import WrongTries
from services.tools_worker.registry import Registry
from services.tools_worker.settings import KnowledgeSettings, ToolsSettings
from services.tools_worker.tools.get_order import GetOrder
from services.tools_worker.tools.knowledge_search import KnowledgeSearch
from services.tools_worker.tools.list_my_orders import ListMyOrders
from services.tools_worker.tools.request_handoff import RequestHandoff


async def main() -> None:
    redis = load_settings(RedisSettings)
    configure_logging("tools_worker", redis)
    settings = load_settings(ToolsSettings)
    knowledge = load_knowledge(load_settings(KnowledgeSettings))
    orders = order_source(settings)
    bus = Bus(redis, service="tools_worker")
    registry = registry_of(settings, bus.redis, orders, knowledge)
    handlers = ToolHandlers(registry=registry, steps=bus.steps, patience=settings.patience)
    subscribe(bus, handlers, settings.concurrency)
    checks = {"redis": bus.healthy, "orders": orders.problem}
    watching = asyncio.create_task(knowledge.watch())
    try:
        async with HealthServer(redis.health_host, redis.health_port, checks):
            await bus.run()
    finally:
        await cancelled(watching)
        await orders.close()


def order_source(settings: ToolsSettings) -> OrderSource:
    """The source of orders that the settings name."""
    if settings.order_source == "http":
        return HttpOrders(
            str(settings.orders_url), timeout=settings.orders_timeout, token=settings.orders_token
        )
    database = load_settings(PostgresSettings)
    return PostgresOrders(database.database_url.get_secret_value(), timeout=settings.orders_timeout)


def registry_of(
    settings: ToolsSettings, redis: Redis, orders: OrderSource, knowledge: KnowledgeBase
) -> Registry:
    """Every tool, ready to run."""
    tries = WrongTries(redis=redis, limit=settings.wrong_tries, window=settings.wrong_tries_window)
    return Registry(
        [
            GetOrder(orders=orders, tries=tries),
            ListMyOrders(orders=orders),
            KnowledgeSearch(knowledge=knowledge),
            RequestHandoff(),
        ]
    )


def subscribe(bus: Bus, handlers: ToolHandlers, concurrency: int) -> None:
    """The table of contents of this service."""
    bus.subscribe(
        TOOL_REQUESTS,
        "tools",
        {ToolRequested: handlers.on_tool_requested},
        on_dead_letter=handlers.on_given_up,
        concurrency=concurrency,
    )


if __name__ == "__main__":
    launch(main)
