"""R1: everything is killed again and again while customers talk."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Protocol

from bench.customer import Customer
from bench.verdict import Verdict
from tests.chaos.containers import Containers
from tests.chaos.crowd import crowd, last_finished, speak
from tests.chaos.outcome import Outcome
from tests.chaos.stack import SERVICES, Crew, Stack

MESSAGES, CONVERSATIONS = 1000, 50
HEAL_SECONDS = 60


class Mortal(Protocol):
    """A stack whose parts start again when they are killed."""

    @property
    def urls(self) -> list[str]: ...

    async def kill_one(self, service: str) -> None: ...

    async def verdict(self, customers: Sequence[Customer]) -> Verdict: ...


async def kills(
    stack: Stack, *, messages: int = MESSAGES, conversations: int = CONVERSATIONS, rounds: int = 5
) -> Outcome:
    """`rounds` SIGKILLs for each service, at moments that nobody chose."""
    await stack.call(Crew())
    outcome = await _under_kills(
        stack, [*SERVICES] * rounds, seconds_a_kill=1.5, messages=messages, conversations=conversations
    )
    outcome.faults = f"{rounds * len(SERVICES)} SIGKILLs, {rounds} a service"
    return outcome


async def kills_of_containers(containers: Containers) -> Outcome:
    """Each service's containers four times, Redis and Postgres twice."""
    victims = [*SERVICES * 4, *("redis", "postgres") * 2]
    outcome = await _under_kills(
        containers, victims, seconds_a_kill=3, messages=MESSAGES, conversations=CONVERSATIONS
    )
    outcome.faults = f"{len(victims)} SIGKILLs: 4 a service, 2 of Redis, 2 of Postgres"
    return outcome


async def _under_kills(
    stack: Mortal, victims: Sequence[str], *, seconds_a_kill: float, messages: int, conversations: int
) -> Outcome:
    seconds = len(victims) * seconds_a_kill
    customers = crowd(
        stack.urls,
        conversations=conversations,
        messages=messages,
        pause=seconds * conversations / messages,
    )
    speaking = asyncio.create_task(speak(customers, within=seconds + 2 * HEAL_SECONDS))
    for service in random.sample(victims, len(victims)):
        await asyncio.sleep(random.uniform(0.5, 1.5) * seconds_a_kill)
        await stack.kill_one(service)
    last_kill = time.monotonic()
    await speaking

    outcome = Outcome(load=f"{messages} messages, {conversations} conversations", faults="")
    outcome.heal(max(0.0, last_finished(customers) - last_kill), at_most=HEAL_SECONDS)
    outcome.take(await stack.verdict(customers))
    return outcome
