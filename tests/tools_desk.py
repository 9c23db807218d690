"""The tools worker as others meet it: questions on one stream, answers on the other."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from redis.asyncio import Redis

from services.shared.events import ToolCompleted, ToolRequested, dump_event, parse_event
from services.shared.settings import PostgresSettings, RedisSettings
from services.shared.streams import DEAD_LETTERS, TOOL_REQUESTS, TOOL_RESULTS
from services.tools_worker.app import registry_of, subscribe
from services.tools_worker.handlers import ToolHandlers
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.orders.postgres import PostgresOrders
from services.tools_worker.settings import KnowledgeSettings, ToolsSettings
from tests.eventually import eventually
from tests.running import a_bus

Question: TypeAlias = tuple[str | None, str, dict[str, Any]]
"""Who asks (None is a guest), the tool, its arguments."""


class ToolsDesk:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._asked = 0

    async def ask(self, *questions: Question) -> list[ToolCompleted]:
        """The worker's answers, in the order of the questions; each question is of a conversation of its own."""
        requests = [
            ToolRequested(
                conversation_id=f"conversation-{number}",
                customer_id=customer_id,
                turn_id=f"turn-{number}",
                tool_call_id=f"call-{number}",
                tool=tool,
                arguments=arguments,
            )
            for number, (customer_id, tool, arguments) in enumerate(questions, start=self._asked)
        ]
        await self._publish(requests)
        self._asked += len(requests)

        async def all_are_answered() -> bool:
            return bool(await self._redis.xlen(TOOL_RESULTS.key(0)) >= self._asked)

        await eventually(all_are_answered, within=60)
        entries = await self._redis.xrange(TOOL_RESULTS.key(0))
        events = [parse_event(fields[b"__data__"]) for _, fields in entries]
        answers = {event.tool_call_id: event for event in events if isinstance(event, ToolCompleted)}
        return [answers[request.tool_call_id] for request in requests]

    async def _publish(self, requests: list[ToolRequested]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for request in requests:
                pipeline.xadd(TOOL_REQUESTS.key(0), {"__data__": dump_event(request)})
            await pipeline.execute()

    async def dead_letters(self) -> int:
        return int(await self._redis.xlen(DEAD_LETTERS.key(0)))


@asynccontextmanager
async def running_tools_worker(
    redis: RedisSettings, database: PostgresSettings, **settings: Any
) -> AsyncIterator[None]:
    """One replica of the tools worker inside the test's process."""
    bus = a_bus(redis.redis_url.get_secret_value(), name="tools-1")
    tools = ToolsSettings(_env_file=None, **settings)
    articles = KnowledgeSettings(_env_file=None)
    knowledge = KnowledgeBase.load(articles.knowledge_dir, articles.knowledge_language)
    orders = PostgresOrders(database.database_url.get_secret_value(), timeout=tools.orders_timeout)
    registry = registry_of(tools, bus.redis, orders, knowledge)
    subscribe(
        bus, ToolHandlers(registry=registry, steps=bus.steps, patience=tools.patience), tools.concurrency
    )
    try:
        async with bus.connected():
            yield
    finally:
        await orders.close()


@asynccontextmanager
async def tools_worker_process(
    redis: RedisSettings, database: PostgresSettings, *, log: Path, **environment: str
) -> AsyncIterator[None]:
    """One as a process of its own, which writes all it has to say to `log`."""
    addresses = {
        "REDIS_URL": redis.redis_url.get_secret_value(),
        "DATABASE_URL": database.database_url.get_secret_value().replace("+asyncpg", ""),
        "LOG_LEVEL": "DEBUG",
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.tools_worker.app"),
            env={**os.environ, **addresses, **environment},
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
