"""The whole stack as processes on a Redis Cluster of three nodes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import RedisError
from typer.testing import CliRunner

from bench.verdict import compare
from services.cli.app import app
from services.gateway.allowance import Allowance
from services.gateway.demo import DemoShop
from services.shared.budget import Budget
from services.shared.connection import connect, ping, wait_for_server
from services.shared.errors import SetupError
from services.shared.settings import BudgetSettings, RedisSettings, load_settings
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES
from tests.chaos.crowd import answers, crowd, speak
from tests.chaos.stack import NOBODY, Crew, Stack, Streams, running_stack
from tests.eventually import eventually
from tests.redis_cluster import Cluster, Node, redis_cluster

pytestmark = pytest.mark.timeout(300)

PARTITIONS = 4


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    async with redis_cluster(with_replicas=True) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def environment(cluster: Cluster) -> dict[str, str]:
    return {"REDIS_URL": cluster.url, "REDIS_CLUSTER": "true", "PARTITIONS": str(PARTITIONS)}


@pytest.fixture(scope="module")
async def stack(cluster: Cluster) -> AsyncIterator[Stack]:
    """Two router workers, one of each other service, all on the cluster."""
    async with running_stack() as stack:
        with stack.on(Streams(url=cluster.url, partitions=PARTITIONS, cluster=True)):
            await stack.call(Crew(tools_worker=1))
            yield stack
            await stack.call(NOBODY)


def settings_of(url: str, *, cluster: bool) -> RedisSettings:
    return RedisSettings(_env_file=None, redis_url=url, redis_cluster=cluster)


async def test_nothing_is_lost_doubled_or_swapped_on_a_cluster_when_workers_are_killed(
    stack: Stack, cluster: Cluster
) -> None:
    customers = crowd(stack.urls, conversations=40, messages=200)
    speaking = asyncio.create_task(speak(customers, within=120))
    for service in ("router_worker", "tools_worker", "persistence_worker", "gateway"):
        await answers(customers, 20)
        stack.of(service)[0].kill()
    await speaking

    verdict = await stack.verdict(customers)

    assert verdict.good, verdict
    assert verdict.apologies == 0
    for stream in (CHAT_MESSAGES, CHAT_REPLIES):
        for key in map(stream.key, range(PARTITIONS)):
            assert await (await cluster.owner_of(key)).says("XLEN", key) > 0


async def test_budgets_and_the_demos_secret_are_the_same_at_every_node(cluster: Cluster) -> None:
    redis = connect(settings_of(cluster.url, cluster=True), service="test")
    try:
        budget = Budget(redis, BudgetSettings(_env_file=None, session_tokens=100, day_tokens=250))
        allowance = Allowance(redis=redis, budget=budget)
        for session_id in ("s1", "s2", "s3"):
            await budget.add(session_id, 100)
            assert await budget.session_is_spent(session_id)
            await allowance.take_from_reserve(session_id, "a person, please")
        assert await budget.day_is_spent()
        token = await DemoShop(redis=redis).token_for("cus_ada")
        assert token is not None
        assert await DemoShop(redis=redis).customer_of(token) == "cus_ada"
    finally:
        await redis.aclose()


async def test_conversations_go_on_when_a_replica_takes_over_and_the_old_primary_dies(
    stack: Stack, cluster: Cluster
) -> None:
    customers = crowd(stack.urls, conversations=20, messages=100)
    speaking = asyncio.create_task(speak(customers, within=120))
    await answers(customers, 20)
    primary = await cluster.owner_of(CHAT_MESSAGES.key(0))
    replica = cluster.replicas[cluster.primaries.index(primary)]
    await replica.says("CLUSTER", "FAILOVER")
    await eventually(lambda: has_role(replica, b"master"), within=20)
    primary.kill()
    await speaking

    verdict = await compare(customers, replica.url, stack.database_url, partitions=PARTITIONS, cluster=True)

    assert verdict.good, verdict


async def has_role(node: Node, role: bytes) -> bool:
    return bool((await node.says("ROLE"))[0] == role)


async def test_commands_read_the_whole_cluster(stack: Stack, environment: dict[str, str]) -> None:
    async def run(*arguments: str) -> str:
        settings = {**environment, "DATABASE_URL": stack.database_url}
        told = await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=settings)
        return told.stdout

    assert "no open dead letters" in await run("dead-letters", "list")
    assert "MessageReceived" in await run("events", "tail", "--type", "MessageReceived")
    doctor = await run("doctor")
    for partition in range(PARTITIONS):
        assert f"ok    chat.messages.{{{partition}}} › router" in doctor


async def test_a_node_of_a_cluster_is_recognised_when_it_is_taken_for_a_server(cluster: Cluster) -> None:
    redis = connect(settings_of(cluster.url, cluster=False), service="test")
    with pytest.raises(SetupError, match="set REDIS_CLUSTER=true"):
        await wait_for_server(redis)
    await redis.aclose()


async def test_a_server_is_recognised_when_it_is_taken_for_a_cluster(redis_url: str) -> None:
    redis = connect(settings_of(redis_url, cluster=True), service="test")
    with pytest.raises(SetupError, match="set REDIS_CLUSTER=false"):
        await wait_for_server(redis)
    await redis.aclose()


async def test_the_cluster_is_not_well_when_one_of_its_primaries_is_gone() -> None:
    async with redis_cluster() as cluster:
        redis = connect(settings_of(cluster.url, cluster=True), service="test")
        await ping(redis)
        cluster.primaries[2].kill()
        with pytest.raises((RedisError, OSError)):
            await ping(redis)
        await redis.aclose()


@pytest.mark.parametrize("url", ["unix:///tmp/redis.sock", "redis://127.0.0.1:6379/3"])
def test_a_url_that_no_cluster_can_have_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("REDIS_CLUSTER", "true")
    with pytest.raises(SetupError, match="REDIS_CLUSTER needs"):
        load_settings(RedisSettings)
