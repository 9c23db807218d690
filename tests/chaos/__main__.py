"""Every promise under fire: `python -m tests.chaos`, or some of them: `python -m tests.chaos R1 R5`.

Prints one table, and exits 1 when a figure misses. A whole run whose figures all hold is written to
docs/reliability.md. With --containers R1 meets the containers of docker-compose.yml instead; that needs an engine
and the rights of root.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable

from tests.chaos.catalogue import SCENARIOS
from tests.chaos.containers import running_containers
from tests.chaos.outcome import Outcome
from tests.chaos.report import CONTAINERS, PROCESSES, show, write
from tests.chaos.scenarios.kills import kills_of_containers
from tests.chaos.stack import running_stack


async def run(names: list[str]) -> dict[str, Outcome]:
    """The outcomes by name."""
    outcomes = {}
    async with running_stack() as stack:
        for name in names:
            outcomes[name] = await told(name, SCENARIOS[name](stack))
            if outcomes[name].misses:
                stack.keep_logs(name)
    return outcomes


async def run_containers() -> dict[str, Outcome]:
    name = "R1@containers kills"
    async with running_containers() as containers:
        return {name: await told(name, kills_of_containers(containers))}


async def told(name: str, scenario: Awaitable[Outcome]) -> Outcome:
    """What came of it, in a line on standard error, too. A scenario that breaks off is an outcome."""
    started = time.monotonic()
    try:
        outcome = await scenario
    except (AssertionError, OSError, TimeoutError, ExceptionGroup) as error:
        sys.stderr.write(f"{error}\n")
        outcome = Outcome.broken_off(error)
    misses = ", ".join(outcome.misses) or "holds"
    sys.stderr.write(f"{name}: {misses} ({time.monotonic() - started:.0f} s)\n")
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="R1, R1@cluster …; all when none is given")
    parser.add_argument("--containers", action="store_true")
    options = parser.parse_args()
    names = [name for name in SCENARIOS if not options.numbers or name.split()[0] in options.numbers]
    started = time.monotonic()
    outcomes = asyncio.run(run_containers() if options.containers else run(names))
    minutes = (time.monotonic() - started) / 60
    show(outcomes)
    if any(outcome.misses for outcome in outcomes.values()):
        return 1
    if options.containers:
        write(outcomes, CONTAINERS, minutes=minutes)
    elif len(names) == len(SCENARIOS):
        write(outcomes, PROCESSES, minutes=minutes)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
