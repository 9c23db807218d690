"""R12: anything in any order, against a plain model of the promises."""

import asyncio

from tests.chaos.broken_steps import BROKEN
from tests.chaos.machine_runs import STEPS_AN_EXAMPLE, finds, hold
from tests.chaos.outcome import Figure, Outcome
from tests.chaos.stack import Stack
from tests.servers import redis_server

EXAMPLES_TO_FIND = 800


async def promises(_: Stack, *, examples: int = 500) -> Outcome:
    """On a Redis of its own. A promise that does not hold ends this with the shortest story that breaks it."""
    found = await asyncio.to_thread(_run, examples)
    outcome = Outcome(
        load=f"{examples} conversations of up to {STEPS_AN_EXAMPLE} steps",
        faults="kills, takeovers, lost answers, leases and deadlines that pass, at every point",
    )
    outcome.figures.append(Figure(f"of {len(BROKEN)} broken variants found", found, at_least=len(BROKEN)))
    return outcome


def _run(examples: int) -> int:
    with redis_server() as server:
        hold(server.url, examples=examples)
        return sum(finds(server.url, steps, examples=EXAMPLES_TO_FIND) for steps in BROKEN)
