"""How the state machine finds steps that are broken on purpose: `python -m tests.chaos.broken [NAME …]`

Prints for each a short story that breaks a promise, and exits 1 when one is not found.
"""

import argparse
import os
import sys
import time

from tests.chaos.broken_steps import BROKEN, BrokenSteps
from tests.chaos.machine_runs import story
from tests.servers import redis_server

EXAMPLES = 400


def show(redis_url: str, steps: type[BrokenSteps]) -> bool:
    """Whether it was found; says how."""
    started = time.monotonic()
    told = story(redis_url, steps, examples=EXAMPLES)
    outcome = "found" if told else "NOT found"
    sys.stdout.write(f"{steps.__name__}: {steps.__doc__} {outcome}, {time.monotonic() - started:.0f} s\n")
    sys.stdout.write(f"{told or ''}\n\n")
    sys.stdout.flush()
    return told is not None


def main() -> int:
    names = {steps.__name__: steps for steps in BROKEN}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*names, []], metavar="NAME", help=", ".join(names))
    chosen = parser.parse_args().names or names
    with redis_server() as server:
        found = [show(server.url, names[name]) for name in chosen]
    return os.EX_OK if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
