"""R1: every service is killed again and again while customers talk."""

import asyncio
import random
import time

from tests.chaos.crowd import crowd, last_finished, speak
from tests.chaos.outcome import Outcome
from tests.chaos.stack import SERVICES, Crew, Stack

SECONDS_A_KILL = 1.5
HEAL_SECONDS = 60


async def kills(stack: Stack, *, messages: int = 1000, conversations: int = 50, rounds: int = 5) -> Outcome:
    """`rounds` SIGKILLs for each service, at moments that nobody chose."""
    await stack.call(Crew())
    faults = rounds * len(SERVICES)
    pause = faults * SECONDS_A_KILL * conversations / messages
    customers = crowd(stack.urls, conversations=conversations, messages=messages, pause=pause)
    speaking = asyncio.create_task(speak(customers, within=faults * SECONDS_A_KILL + 2 * HEAL_SECONDS))
    last_kill = await _kill_all(stack, rounds)
    await speaking

    outcome = Outcome(
        load=f"{messages} messages, {conversations} conversations",
        faults=f"{faults} SIGKILLs, {rounds} a service",
    )
    outcome.heal(max(0.0, last_finished(customers) - last_kill), at_most=HEAL_SECONDS)
    outcome.take(await stack.verdict(customers))
    return outcome


async def _kill_all(stack: Stack, rounds: int) -> float:
    victims = [*SERVICES] * rounds
    random.shuffle(victims)
    for service in victims:
        await asyncio.sleep(random.uniform(0.5, 1.5) * SECONDS_A_KILL)
        alive = [process for process in stack.of(service) if process.running]
        while not alive:
            await asyncio.sleep(0.05)
            alive = [process for process in stack.of(service) if process.running]
        random.choice(alive).kill()
    return time.monotonic()
