"""Whose orders they are, attacked by every way into the tools worker: a whole shop, thousands of wrong questions.

The worker runs on a real Redis and a real Postgres. Every order holds words that stand nowhere else;
whoever is not its owner must not meet them in a result, on another stream or in the log.
"""

import io
import itertools
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from services.cli.orders_file import Problems, read_lines
from services.cli.orders_store import import_lines, shop_database
from services.shared.events import ToolCompleted
from services.shared.settings import PostgresSettings, RedisSettings
from tests.tools_desk import Question, ToolsDesk, running_tools_worker, tools_worker_process

SECRET = "zq"  # begins every word that only an order's owner may see
CUSTOMERS = 500
ORDERS = 1_000
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Owned:
    order_id: str
    customer_id: str
    email: str

    @property
    def secret(self) -> str:
        return f"{SECRET}{self.order_id.lower()}"

    def line(self) -> str:
        return json.dumps(
            {
                "order_id": self.order_id,
                "customer": {
                    "customer_id": self.customer_id,
                    "email": self.email,
                    "name": f"{SECRET}{self.customer_id}",
                },
                "status": "shipped",
                "placed_at": "2026-11-01T12:00:00Z",
                "carrier": f"{self.secret}-carrier",
                "tracking_number": f"{self.secret}-tracking",
                "items": [{"name": f"{self.secret}-item", "quantity": 1, "unit_price": "10.00"}],
                "total": "10.00",
                "currency": "USD",
            }
        )


def a_shop() -> list[Owned]:
    """Numbers of every kind: long and short, with letters, with leading zeros that another one lacks."""
    ids = [f"W{2_000_000 + 7 * n}" for n in range(400)]
    ids += [f"{5_000 + n}" for n in range(300)]
    ids += [f"0{5_000 + n}" for n in range(200)]
    ids += [f"AB-{n:03}" for n in range(100)]
    owners = [number % CUSTOMERS for number in range(ORDERS)]
    random.Random(1).shuffle(owners)
    return [
        Owned(order_id=order_id, customer_id=f"customer-{n}", email=f"person{n}@example.com")
        for order_id, n in zip(ids, owners, strict=True)
    ]


SHOP = a_shop()

FULL_WIDTH = {ord("0") + n: 0xFF10 + n for n in range(10)}
ARABIC = {ord("0") + n: 0x0660 + n for n in range(10)}

# How a hostile model or a forged event may ask for an order that is not the caller's, and the address it gives.
ATTACKS: tuple[Callable[[Owned, str], tuple[str, Json]], ...] = (
    lambda order, _: ("get_order", {"order_id": order.order_id}),
    lambda order, email: ("get_order", {"order_id": order.order_id, "email": email}),
    lambda order, email: (
        "get_order",
        {"order_id": f" #{order.order_id.lower()}\t", "email": f" {email.upper()} "},
    ),
    lambda order, email: ("get_order", {"order_id": f"0{order.order_id}", "email": email}),
    lambda order, email: ("get_order", {"order_id": order.order_id.lstrip("0"), "email": email}),
    lambda order, email: ("get_order", {"order_id": order.order_id, "email": f"{email}, {order.email}"}),
    lambda order, email: ("get_order", {"order_id": order.order_id, "email": [email, order.email]}),
    lambda order, _: ("get_order", {"order_id": order.order_id, "email": "%@example.com"}),
    lambda order, _: ("get_order", {"order_id": order.order_id, "email": {"$ne": ""}}),
    lambda order, _: ("get_order", {"order_id": order.order_id, "email": "' OR ''=''@example.com"}),
    lambda order, email: ("get_order", {"order_id": order.order_id, "email": email, "limit": 1}),
    lambda order, _: ("get_order", {"order_id": order.order_id, "customer_id": order.customer_id}),
    lambda order, _: (
        "get_order",
        {"order_id": order.order_id, "caller": {"customer_id": order.customer_id}},
    ),
    lambda order, email: ("get_order", {"order_id": [order.order_id], "email": email}),
    lambda order, email: ("get_order", {"order_id": {"order_id": order.order_id}, "email": email}),
    lambda order, email: ("get_order", {"order_id": f"{order.order_id}' OR '1'='1", "email": email}),
    lambda order, email: ("get_order", {"order_id": f"{order.order_id}'--", "email": email}),
    lambda order, email: ("get_order", {"order_id": f"{order.order_id}\0", "email": email}),
    lambda order, email: ("get_order", {"order_id": f"{order.order_id}\u200b", "email": email}),
    lambda order, email: ("get_order", {"order_id": order.order_id.translate(FULL_WIDTH), "email": email}),
    lambda order, email: ("get_order", {"order_id": order.order_id.translate(ARABIC), "email": email}),
    lambda order, email: ("get_order", {"order_id": f"%{order.order_id[1:]}", "email": email}),
    lambda order, email: ("get_order", {"order_id": f"../customers/{order.customer_id}", "email": email}),
    lambda order, email: ("GET_ORDER", {"order_id": order.order_id, "email": email}),
    lambda order, email: ("get_order\n", {"order_id": order.order_id, "email": email}),
    lambda _order, _: ("list_my_orders", {}),
    lambda order, _: ("list_my_orders", {"customer_id": order.customer_id}),
    lambda order, _: ("list_my_orders", {"email": order.email}),
    lambda _order, _: ("list_my_orders", {"limit": 10**9}),
    lambda order, _: ("list_my_orders", {"limit": f"20; SELECT * FROM shop.orders -- {order.order_id}"}),
    lambda order, _: ("knowledge_search", {"query": f"order {order.order_id} of {order.email}"}),
    lambda order, _: ("request_handoff", {"reason": "policy", "order_id": order.order_id}),
)


@pytest.fixture
async def shop(postgres_settings: PostgresSettings) -> PostgresSettings:
    """The database, with the whole shop imported."""
    problems = Problems(file="shop")
    lines = read_lines(io.BytesIO("\n".join(order.line() for order in SHOP).encode()), problems)
    async with shop_database(postgres_settings) as connection:
        imported = await import_lines(connection, lines, problems, dry_run=False)
    assert (imported.orders.new, imported.customers.new) == (ORDERS, CUSTOMERS)
    return postgres_settings


Worker = Callable[..., AbstractAsyncContextManager[ToolsDesk]]


@pytest.fixture
def worker(shop: PostgresSettings, redis_settings: RedisSettings, redis_client: Redis) -> Worker:
    """Runs the worker with further settings."""

    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[ToolsDesk]:
        async with running_tools_worker(redis_settings, shop, **settings):
            yield ToolsDesk(redis_client)

    return run


def foreign(count: int) -> list[tuple[Owned, Owned]]:
    """Pairs of one who asks, by an order of their own, and an order of another customer."""
    choice = random.Random(2)
    drawn = ((choice.choice(SHOP), choice.choice(SHOP)) for _ in itertools.count())
    return list(
        itertools.islice((pair for pair in drawn if pair[0].customer_id != pair[1].customer_id), count)
    )


def disclosed(answers: Sequence[ToolCompleted]) -> list[ToolCompleted]:
    """Answers with a word of an order that is not the caller's own."""
    own: dict[str, set[str]] = defaultdict(set)
    for order in SHOP:
        own[order.customer_id] |= {f"{order.secret}-{part}" for part in ("carrier", "tracking", "item")}

    def tells(answer: ToolCompleted) -> bool:
        told = set(re.findall(rf"{SECRET}[\w-]+", answer.model_dump_json()))
        return not told <= own[answer.customer_id or ""]

    return [answer for answer in answers if tells(answer)]


async def test_nobody_gets_a_word_of_another_s_order(
    shop: PostgresSettings, redis_settings: RedisSettings, redis_client: Redis, tmp_path: Path
) -> None:
    ways = itertools.cycle(ATTACKS)
    customers = [(asking.customer_id, *next(ways)(order, order.email)) for asking, order in foreign(2_000)]
    guests = [(None, *next(ways)(order, asking.email)) for asking, order in foreign(500)]
    desk, log = ToolsDesk(redis_client), tmp_path / "worker.log"
    async with tools_worker_process(redis_settings, shop, log=log, TOOLS_WRONG_TRIES="1000"):
        answers = await desk.ask(*customers, *guests)
    assert disclosed(answers) == []
    assert not [answer for answer in answers if answer.tool == "get_order" and answer.status == "ok"]
    assert await desk.dead_letters() == 0
    said = log.read_text()
    assert said.count("tool call ended") == len(answers)
    assert SECRET not in said
    assert "@" not in said


async def test_everybody_gets_their_own_orders(worker: Worker) -> None:
    by_customers: list[Question] = [
        (order.customer_id, "get_order", {"order_id": f"#{order.order_id.lower()}"}) for order in SHOP
    ]
    by_guests: list[Question] = [
        (None, "get_order", {"order_id": order.order_id, "email": f" {order.email.title()}"})
        for order in SHOP[:500]
    ]
    lists: list[Question] = [(f"customer-{n}", "list_my_orders", {}) for n in range(CUSTOMERS)]
    async with worker() as desk:
        answers = await desk.ask(*by_customers, *by_guests)
        listed = await desk.ask(*lists)
    orders = [answer.result["order"]["order_id"] for answer in answers if answer.result]
    assert orders == [order.order_id for order in [*SHOP, *SHOP[:500]]]
    assert disclosed(listed) == []
    in_lists = [order["order_id"] for answer in listed if answer.result for order in answer.result["orders"]]
    assert sorted(in_lists) == sorted(order.order_id for order in SHOP)


async def test_wrong_address_wrong_number_and_another_s_order_are_refused_in_the_same_words(
    worker: Worker,
) -> None:
    wrong = [
        (asking, order_id)
        for asking, order in foreign(100)
        for order_id in (order.order_id, f"X{order.order_id}")
    ]
    async with worker(wrong_tries=1_000) as desk:
        by_guests = await desk.ask(
            *(
                (None, "get_order", {"order_id": order_id, "email": asking.email})
                for asking, order_id in wrong
            )
        )
        by_customers = await desk.ask(
            *((asking.customer_id, "get_order", {"order_id": order_id}) for asking, order_id in wrong)
        )
    for answers in (by_guests, by_customers):
        assert {answer.error.code for answer in answers if answer.error} == {"order_not_found"}
        assert len({answer.model_dump_json(include={"status", "error", "result"}) for answer in answers}) == 1


async def test_who_guesses_is_locked_out_of_the_right_answer_and_the_customer_is_not(worker: Worker) -> None:
    target, other = SHOP[0], SHOP[1]
    right = {"order_id": target.order_id, "email": target.email}
    guesses: list[Question] = [
        (None, "get_order", right | {"email": f"guess{n}@example.com"}) for n in range(40)
    ]
    async with worker() as desk:
        answers = await desk.ask(*guesses)
        by_guest, by_customer, of_other = await desk.ask(
            (None, "get_order", right),
            (target.customer_id, "get_order", {"order_id": target.order_id}),
            (None, "get_order", {"order_id": other.order_id, "email": other.email}),
        )
    codes = Counter(answer.error.code for answer in answers if answer.error)
    assert codes == {"order_not_found": 5, "too_many_tries": 35}
    assert by_guest.error
    assert by_guest.error.code == "too_many_tries"
    assert (by_customer.status, of_other.status) == ("ok", "ok")
