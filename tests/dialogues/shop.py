"""The demo shop in memory, and the tools over it."""

import importlib.util
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from services.persistence_worker import migrations
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.orders.source import CustomerOrders, Order, OrderSourceError
from services.tools_worker.orders.wrong_tries import Try
from services.tools_worker.registry import Registry
from services.tools_worker.settings import KnowledgeSettings
from services.tools_worker.tools.get_order import GetOrder
from services.tools_worker.tools.knowledge_search import KnowledgeSearch
from services.tools_worker.tools.list_my_orders import ListMyOrders
from services.tools_worker.tools.request_handoff import RequestHandoff

_MIGRATION = "2026-11-22-1720_create_demo_shop.py"
_WRONG_TRIES = 5


class DemoOrders:
    """An OrderSource with the orders that the migrations put into the shop."""

    def __init__(self, *, down: bool = False) -> None:
        self._down = down

    async def get(self, order_id: str) -> Order | None:
        self._answer()
        return demo_orders().get(order_id)

    async def list_for(self, customer_id: str, limit: int) -> CustomerOrders:
        self._answer()
        own = [order for order in demo_orders().values() if order.customer_id == customer_id]
        own.sort(key=lambda order: order.placed_at, reverse=True)
        return CustomerOrders(orders=tuple(own[:limit]), total=len(own))

    async def problem(self) -> str | None:
        return "it is down" if self._down else None

    async def close(self) -> None:
        """There is nothing to give back."""

    def _answer(self) -> None:
        if self._down:
            raise OrderSourceError("it is down")


class CountedTries:
    """Wrong tries of one conversation, in memory and without an end of the window."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._wrong: set[str] = set()

    async def begin(self, attempt: Try) -> timedelta:
        if len(self._wrong) >= self._limit:
            return timedelta(minutes=15)
        self._wrong.add(attempt.name)
        return timedelta(0)

    async def forgive(self, attempt: Try) -> None:
        self._wrong.discard(attempt.name)


def tools(*, orders_down: bool) -> Registry:
    """The tools as the tools worker has them, for one conversation."""
    orders = DemoOrders(down=orders_down)
    return Registry(
        [
            GetOrder(orders=orders, tries=CountedTries(_WRONG_TRIES)),
            ListMyOrders(orders=orders),
            RequestHandoff(),
            KnowledgeSearch(knowledge=_knowledge()),
        ]
    )


@cache
def _knowledge() -> KnowledgeBase:
    settings = KnowledgeSettings(_env_file=None)
    return KnowledgeBase.load(settings.knowledge_dir, settings.knowledge_language)


@cache
def demo_orders() -> dict[str, Order]:
    demo = _migration()
    emails = {customer["customer_id"]: customer["email"] for customer in demo._customers()}
    orders = {}
    for line in map(str.split, demo.ORDERS.strip().splitlines()):
        fields: dict[str, Any] = demo._order(line)
        items = tuple(demo._items(line[0], line[5:]))
        order = Order.model_validate({**fields, "email": emails[fields["customer_id"]], "items": items})
        orders[order.order_id] = order
    return orders


def _migration() -> ModuleType:
    path = Path(migrations.__file__).parent / "versions" / _MIGRATION
    spec = importlib.util.spec_from_file_location("demo_shop", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
