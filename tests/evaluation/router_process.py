"""What a whole router takes, in a process of its own."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis

from tests.chaos.process import Process, python
from tests.chat_client import chatting
from tests.evaluation.measured import Measured
from tests.ports import free_port
from tests.running import running_gateway
from tests.servers import redis_server

MOST_MB = 350
SAID = ("hello", "are you a bot", "thanks a lot", "you are really helpful", "goodbye")
ROUNDS = 4
"""None of these needs a tool, so nobody but the router has to answer."""


async def resident_memory() -> list[Measured]:
    """After some turns, with the libraries of a language model loaded: one that cannot be reached."""
    with redis_server() as redis:
        async with Redis.from_url(redis.url) as client:
            await client.flushdb()
        async with _running_router(redis.url) as health:
            async with running_gateway(redis.url) as gateway, chatting(gateway) as customer:
                await customer.start()
                for text in SAID * ROUNDS:
                    await customer.ask(text)
            taken = await _resident_mb(health)
    return [
        Measured(
            of="a router's process",
            what="resident memory",
            cases=len(SAID) * ROUNDS,
            value=taken,
            at_most=MOST_MB,
            unit="MB",
        )
    ]


@asynccontextmanager
async def _running_router(redis_url: str) -> AsyncIterator[str]:
    """The address of its health pages."""
    port = free_port()
    health = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "REDIS_URL": redis_url,
        "HEALTH_PORT": str(port),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1",
        "OPENAI_MODEL": "none",
    }
    with TemporaryDirectory() as folder:
        router = Process(
            "router_worker",
            python("services.router_worker.app"),
            environment=environment,
            folder=Path(folder),
            ready=lambda: _is_ready(health),
        )
        await router.start()
        try:
            await router.ready()
            yield health
        finally:
            await router.stop()


async def _is_ready(health: str) -> bool:
    try:
        return (await _get(f"{health}/readyz")).is_success
    except httpx.TransportError:
        return False


async def _resident_mb(health: str) -> float:
    page = (await _get(f"{health}/metrics")).text
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    [taken] = [each.value for each in samples if each.name == "process_resident_memory_bytes"]
    return taken / 2**20


async def _get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url)
