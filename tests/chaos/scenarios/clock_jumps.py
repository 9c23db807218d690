"""R17: the clock of one service jumps by an hour, ahead and back."""

import asyncio
import signal

from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome
from tests.chaos.stack import SERVICES, Crew, Stack

SECONDS_A_JUMP = 2.0


async def clock_jumps(stack: Stack, *, messages: int = 300, conversations: int = 50) -> Outcome:
    """Each service in turn, in all its processes; the others' clocks are right."""
    await stack.call(Crew(faults=dict.fromkeys(SERVICES, "clock")))
    jumps = [(service, number) for service in SERVICES for number in (signal.SIGUSR1, signal.SIGUSR2)]
    pause = len(jumps) * SECONDS_A_JUMP * conversations / messages
    customers = crowd(stack.urls, conversations=conversations, messages=messages, pause=pause)
    speaking = asyncio.create_task(speak(customers, within=120))
    for service, number in jumps:
        for process in stack.of(service):
            process.send(number)
        await asyncio.sleep(SECONDS_A_JUMP)
    await speaking

    outcome = Outcome(
        load=f"{messages} messages, {conversations} conversations",
        faults=f"{len(jumps)} jumps of an hour",
    )
    outcome.take(await stack.verdict(customers))
    apologies = sum(len(customer.screen.apologies) for customer in customers)
    outcome.figures.append(Figure("apologies", apologies, at_most=0))
    return outcome
