"""The tools worker on a real bus: from the request on one stream to the result on the other."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from services.shared.bus import Bus
from services.shared.events import ToolCompleted, ToolRequested, parse_event
from services.shared.settings import PostgresSettings, RedisSettings
from services.shared.streams import DEAD_LETTERS, TOOL_REQUESTS, TOOL_RESULTS
from tests.eventually import eventually

Environment = dict[str, str]


@pytest.fixture
def environment(redis_settings: RedisSettings, postgres_settings: PostgresSettings) -> Environment:
    database = postgres_settings.database_url.get_secret_value().replace("postgresql+asyncpg", "postgresql")
    return {
        **os.environ,
        "REDIS_URL": redis_settings.redis_url.get_secret_value(),
        "DATABASE_URL": database,
        "RECLAIM_IDLE_MS": "1000",
    }


@asynccontextmanager
async def worker(environment: Environment) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.tools_worker.app", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
async def publish(redis_settings: RedisSettings) -> AsyncIterator[Callable[[ToolRequested], Awaitable[None]]]:
    bus = Bus(redis_settings, service="test")
    async with bus.connected():
        yield bus.publish


def request(call_id: str, tool: str = "get_order", **arguments: object) -> ToolRequested:
    return ToolRequested(
        conversation_id="c1", turn_id="t1", tool_call_id=call_id, tool=tool, arguments=arguments
    )


async def results(redis_client: Redis) -> dict[str, ToolCompleted]:
    entries = await redis_client.xrange(TOOL_RESULTS.key(0))
    completed = [parse_event(fields[b"__data__"]) for _, fields in entries]
    by_call = {event.tool_call_id: event for event in completed if isinstance(event, ToolCompleted)}
    assert len(by_call) == len(entries), "a call was completed twice"
    return by_call


async def completed(redis_client: Redis, call_id: str, within: float = 60) -> ToolCompleted:
    async def find() -> ToolCompleted | None:
        return (await results(redis_client)).get(call_id)

    return await eventually(find, within=within)


async def test_a_worker_that_starts_late_answers_what_was_asked_before(
    environment: Environment, publish: Callable[[ToolRequested], Awaitable[None]], redis_client: Redis
) -> None:
    await publish(request("call-1", order_id="#1042", email="Ada@example.com"))
    await publish(request("call-2", tool="knowledge_search", query="What is your return policy?"))
    await publish(request("call-3", order_id="9999", email="ada@example.com"))
    await publish(request("call-4", tool="launch_rocket"))
    await publish(request("call-5", tool="list_my_orders"))
    await publish(request("call-6", tool="request_handoff", reason="customer_asked"))
    async with worker(environment):
        order = await completed(redis_client, "call-1")
        assert order.result
        assert order.result["order"]["status"] == "shipped"
        sections = await completed(redis_client, "call-2")
        assert sections.result
        assert sections.result["results"][0]["section_id"] == "returns#return-policy"
        missing = await completed(redis_client, "call-3")
        assert (missing.status, missing.error and missing.error.code) == ("refused", "order_not_found")
        unknown = await completed(redis_client, "call-4")
        assert (unknown.status, unknown.error and unknown.error.code) == ("refused", "unknown_tool")
        listed = await completed(redis_client, "call-5")
        assert (listed.status, listed.error and listed.error.code) == ("refused", "sign_in_needed")
        handed_over = await completed(redis_client, "call-6")
        assert handed_over.result == {"reason": "customer_asked", "summary": ""}


async def test_every_call_is_completed_once_though_its_worker_is_killed_again_and_again(
    environment: Environment, publish: Callable[[ToolRequested], Awaitable[None]], redis_client: Redis
) -> None:
    calls = [f"call-{number}" for number in range(300)]
    asked = asyncio.create_task(_publish_all(publish, calls))
    for wanted in (50, 150):
        async with worker(environment | {"TOOLS_CONCURRENCY": "1"}) as process:

            async def some_are_done(wanted: int = wanted) -> bool:
                return len(await results(redis_client)) >= wanted

            await eventually(some_are_done, within=60)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        assert len(await results(redis_client)) < len(calls), "it was killed too late to matter"
    await asked
    async with worker(environment):

        async def all_are_done() -> bool:
            return set(await results(redis_client)) == set(calls)

        await eventually(all_are_done, within=60)
    pending = await redis_client.xpending(TOOL_REQUESTS.key(0), "tools")
    assert pending["pending"] == 0
    assert await redis_client.xlen(DEAD_LETTERS.key(0)) == 0


async def _publish_all(publish: Callable[[ToolRequested], Awaitable[None]], calls: list[str]) -> None:
    for call_id in calls:
        await publish(request(call_id, order_id="1042", email="ada@example.com"))


async def test_a_call_fails_with_its_reason_when_the_orders_stay_away(
    environment: Environment,
    publish: Callable[[ToolRequested], Awaitable[None]],
    redis_client: Redis,
    unused_tcp_port: int,
) -> None:
    away = {
        "TOOLS_ORDER_SOURCE": "http",
        "TOOLS_ORDERS_URL": f"http://127.0.0.1:{unused_tcp_port}",
        "TOOLS_PATIENCE": "PT1S",
    }
    async with worker(environment | away):
        await publish(request("call-1", order_id="1042", email="ada@example.com"))
        failed = await completed(redis_client, "call-1")
        assert (failed.status, failed.error and failed.error.code) == ("failed", "order_source_unavailable")


async def test_a_worker_stops_on_request_with_nothing_left_half_done(
    environment: Environment, publish: Callable[[ToolRequested], Awaitable[None]], redis_client: Redis
) -> None:
    async with worker(environment) as process:
        await publish(request("call-1", order_id="1042", email="ada@example.com"))
        await completed(redis_client, "call-1")
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"KNOWLEDGE_DIR": "/nowhere"}, "KNOWLEDGE_DIR is /nowhere"),
        ({"KNOWLEDGE_LANGUAGE": "klingon"}, "KNOWLEDGE_LANGUAGE"),
        ({"TOOLS_ORDER_SOURCE": "http"}, "TOOLS_ORDERS_URL"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_line(
    environment: Environment, wrong: Environment, words: str
) -> None:
    async with worker(environment | wrong) as process:
        _, stderr = await asyncio.wait_for(process.communicate(), 60)
    lines = stderr.decode().strip().splitlines()
    assert process.returncode == 78
    assert len(lines) == 1
    assert words in lines[0]
