"""All scenarios, in the order in which they share a stack with the fewest changes of its crew."""

from collections.abc import Mapping
from functools import partial

from tests.chaos.scenario import Scenario
from tests.chaos.scenarios.broker import broker
from tests.chaos.scenarios.clock_jumps import clock_jumps
from tests.chaos.scenarios.cold_start import cold_start
from tests.chaos.scenarios.cuts import cuts
from tests.chaos.scenarios.database import database
from tests.chaos.scenarios.first_attempts import first_attempts
from tests.chaos.scenarios.kills import kills
from tests.chaos.scenarios.model_failures import model_failures
from tests.chaos.scenarios.poison import poison
from tests.chaos.scenarios.promises import promises
from tests.chaos.scenarios.retention import retention
from tests.chaos.scenarios.rolling_restart import rolling_restart
from tests.chaos.scenarios.same_message import same_message
from tests.chaos.scenarios.slow_reader import slow_reader
from tests.chaos.scenarios.spread import on_cluster, on_partitions

SCENARIOS: Mapping[str, Scenario] = {
    "R2 cold start": cold_start,
    "R13 slow reader": slow_reader,
    "R5 cuts": cuts,
    "R6 same message": same_message,
    "R1 kills": kills,
    "R10 rolling restart": rolling_restart,
    "R7 Redis": broker,
    "R8 Postgres": database,
    "R9 model": model_failures,
    "R3 first attempts": first_attempts,
    "R4 poison": poison,
    "R17 clock": clock_jumps,
    "R11 retention": retention,
    "R1@partitions kills": on_partitions(kills),
    "R5@partitions cuts": on_partitions(cuts),
    "R1@cluster kills": on_cluster(kills),
    "R5@cluster cuts": on_cluster(cuts),
    "R12 state machine": promises,
}

# What every change must pass: the counts are as strict, the load is smaller, and the machine may be busy.
SHORT: Mapping[str, Scenario] = {
    "R2 cold start": partial(cold_start, messages=25),
    "R6 same message": same_message,
    "R5 cuts": partial(cuts, cuts=30, conversations=10, messages=60, resume_seconds=5),
    "R1 kills": partial(kills, messages=160, conversations=20, rounds=1),
    "R4 poison": partial(poison, messages=100, conversations=20, bad=3, deliveries=3),
}
