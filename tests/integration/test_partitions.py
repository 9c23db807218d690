"""The whole stack as processes with its conversations spread over four partitions of one Redis."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES, STREAMS, stream_keys
from tests.chaos.crowd import answers, crowd, speak
from tests.chaos.stack import Crew, Stack, running_stack
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(300)

PARTITIONS = 4
EXAMPLE = Path(__file__).parents[2] / "examples" / "read_events.py"


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """Two router workers, one of each other service; the first test puts the load on it."""
    async with running_stack() as stack:
        with stack.on(replace(stack.streams, partitions=PARTITIONS)):
            await stack.call(Crew(tools_worker=1))
            yield stack


@pytest.fixture
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    client = Redis.from_url(stack.streams.url)
    yield client
    await client.aclose()


async def supportbot(stack: Stack, *arguments: str) -> Result:
    """A command as it runs beside the stack, which it finds by the environment."""
    environment = {
        "REDIS_URL": stack.streams.url,
        "DATABASE_URL": stack.database_url,
        "PARTITIONS": str(PARTITIONS),
    }
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=environment)


async def test_nothing_is_lost_doubled_or_swapped_when_workers_are_killed(stack: Stack, redis: Redis) -> None:
    customers = crowd(stack.urls, conversations=40, messages=200)
    speaking = asyncio.create_task(speak(customers, within=90))
    for service in ("router_worker", "tools_worker", "persistence_worker", "gateway", "router_worker"):
        await answers(customers, 20)
        stack.of(service)[0].kill()
    await speaking

    verdict = await stack.verdict(customers)

    assert verdict.good, verdict
    assert verdict.apologies == 0
    for stream in (CHAT_MESSAGES, CHAT_REPLIES):
        lengths = [await redis.xlen(stream.key(partition)) for partition in range(PARTITIONS)]
        assert all(lengths), f"{stream.name} over the partitions: {lengths}"


async def test_every_group_of_every_partition_is_worked_off(redis: Redis) -> None:
    async def worked_off() -> bool:
        groups = [group for _, key in stream_keys(PARTITIONS) for group in await redis.xinfo_groups(key)]
        return not any(group["pending"] or group["lag"] for group in groups)

    await eventually(worked_off, within=30)
    assert len(await redis.keys("*.{*}")) == len(STREAMS) * PARTITIONS


async def test_the_events_of_all_partitions_are_told_in_their_order(stack: Stack, redis: Redis) -> None:
    told = await supportbot(stack, "events", "tail", "--json", "--last", "0")

    events = [orjson.loads(line) for line in told.stdout.splitlines()]
    assert len(events) == sum([await redis.xlen(key) for _, key in stream_keys(PARTITIONS)])
    asked = Counter(event["type"] for event in events)
    assert asked["MessageReceived"] >= 200


async def test_the_doctor_looks_at_every_partition(stack: Stack) -> None:
    told = (await supportbot(stack, "doctor")).stdout

    for partition in range(PARTITIONS):
        assert f"ok    chat.messages.{{{partition}}} › router" in told


async def test_an_outside_reader_sees_all_partitions_when_it_is_told_their_number(stack: Stack) -> None:
    reader = await asyncio.create_subprocess_exec(
        sys.executable,
        EXAMPLE,
        stack.streams.url,
        str(PARTITIONS),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert reader.stdout is not None
        async with asyncio.timeout(20):
            line = (await reader.stdout.readline()).decode()
    finally:
        reader.kill()
        await reader.wait()

    assert int(line.split()[0]) >= 100
    assert "order_status" in line
