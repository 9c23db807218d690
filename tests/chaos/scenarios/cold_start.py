"""R2: customers write before any worker ever ran."""

import asyncio
import time

from redis.asyncio import Redis

from tests.chaos.crowd import crowd, last_finished, speak
from tests.chaos.outcome import Outcome
from tests.chaos.stack import Crew, Stack
from tests.eventually import eventually


async def cold_start(stack: Stack, *, messages: int = 50) -> Outcome:
    """A gateway over an empty Redis takes messages in; then the workers come."""
    await stack.call(Crew(gateway=0, router_worker=0, tools_worker=0, persistence_worker=0))
    async with Redis.from_url(stack.streams.url) as redis:
        await redis.flushall()
        await redis.function_flush()
    await stack.call(Crew(router_worker=0, tools_worker=0, persistence_worker=0))
    customers = crowd(stack.urls, conversations=messages, messages=messages)
    speaking = asyncio.create_task(speak(customers, within=180))
    await eventually(lambda: all(customer.acknowledged for customer in customers), within=30)
    assert not any(customer.screen.answered for customer in customers)

    await stack.call(Crew())
    ready = time.monotonic()
    await speaking
    outcome = Outcome(load=f"{messages} messages, {messages} conversations", faults="no worker ever ran")
    outcome.heal(max(0.0, last_finished(customers) - ready), at_most=10)
    outcome.take(await stack.verdict(customers))
    return outcome
