"""The same, with the conversations spread: over partitions of one Redis, and over the nodes of a cluster."""

from dataclasses import replace

from tests.chaos.outcome import Outcome
from tests.chaos.scenario import Scenario
from tests.chaos.stack import NOBODY, Stack, Streams
from tests.redis_cluster import redis_cluster

PARTITIONS = 4


def on_partitions(scenario: Scenario) -> Scenario:
    """The scenario with four partitions on the stack's own Redis."""

    async def spread(stack: Stack) -> Outcome:
        with stack.on(replace(stack.streams, partitions=PARTITIONS)):
            return await scenario(stack)

    return spread


def on_cluster(scenario: Scenario) -> Scenario:
    """The scenario with four partitions on a cluster of three nodes, made for it."""

    async def spread(stack: Stack) -> Outcome:
        async with redis_cluster() as cluster:
            with stack.on(Streams(url=cluster.url, partitions=PARTITIONS, cluster=True)):
                try:
                    return await scenario(stack)
                finally:
                    await stack.call(NOBODY)

    return spread
