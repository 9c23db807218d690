"""Every promise under fire: `python -m tests.chaos`, or some of them: `python -m tests.chaos R1 R5`.

Prints one table, and exits 1 when a figure misses. A whole run whose figures all hold is written to
docs/reliability.md.
"""

import argparse
import asyncio
import os
import sys
import time

from tests.chaos.catalogue import SCENARIOS
from tests.chaos.outcome import Outcome
from tests.chaos.report import show, write
from tests.chaos.stack import running_stack


async def run(names: list[str]) -> dict[str, Outcome]:
    """The outcomes by name; a scenario that breaks off is an outcome too."""
    outcomes = {}
    async with running_stack() as stack:
        for name in names:
            started = time.monotonic()
            try:
                outcomes[name] = await SCENARIOS[name](stack)
            except (AssertionError, OSError, TimeoutError, ExceptionGroup) as error:
                outcomes[name] = Outcome.broken_off(error)
            misses = ", ".join(outcomes[name].misses) or "holds"
            sys.stderr.write(f"{name}: {misses} ({time.monotonic() - started:.0f} s)\n")
            if outcomes[name].misses:
                stack.keep_logs(name)
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("numbers", nargs="*", help="R1, R2 …; all when none is given")
    numbers = parser.parse_args().numbers
    names = [name for name in SCENARIOS if not numbers or name.split()[0] in numbers]
    started = time.monotonic()
    outcomes = asyncio.run(run(names))
    show(outcomes)
    if any(outcome.misses for outcome in outcomes.values()):
        return 1
    if len(names) == len(SCENARIOS):
        write(outcomes, minutes=(time.monotonic() - started) / 60)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
