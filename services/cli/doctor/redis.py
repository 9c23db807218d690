"""Is Redis there, set up to lose nothing, and does every group keep up?"""

from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.shared.connection import connect
from services.shared.lag import GroupLag, Waiting, measure
from services.shared.letter_box import LetterBox
from services.shared.settings import RedisSettings
from services.shared.steps import Steps
from services.shared.streams import stream_keys

OLDEST = {"redis": (7, 0), "valkey": (7, 2)}
LONGEST_WAIT_SECONDS = 60
MOST_UNREAD = 1_000
CONSUMER_ALIVE_MS = 30_000


async def check_redis_of(settings: RedisSettings) -> list[Finding]:
    """Everything about the Redis of these settings."""
    redis = connect(settings, service="doctor")
    try:
        return await check_redis(
            redis, partitions=settings.partitions, time_limit_seconds=settings.time_limit_seconds
        )
    finally:
        await redis.aclose()


async def check_redis(redis: Redis, *, partitions: int, time_limit_seconds: int) -> list[Finding]:
    """Everything about Redis; when it does not answer, that is the last."""
    findings: list[Finding] = []
    try:
        async for finding in _findings(redis, partitions, time_limit_seconds):
            findings.append(finding)  # noqa: PERF401  what was found before an error counts
    except (RedisError, OSError) as error:
        findings.append(
            fail("redis", f"does not answer: {error}", "start it (`supportbot up`), or correct REDIS_URL")
        )
    return findings


async def _findings(redis: Redis, partitions: int, time_limit_seconds: int) -> AsyncIterator[Finding]:
    info: dict[str, Any] = await redis.info()
    yield _version(info)
    for finding in await _durability(redis):
        yield finding
    yield await _functions(redis)
    lag = await measure(redis, partitions=partitions, time_limit_seconds=time_limit_seconds)
    groups = {(group.stream, group.group): group for stream in lag.streams for group in stream.groups}
    for stream, key in stream_keys(partitions):
        for name in stream.groups:
            yield await _group(redis, key, name, groups.get((key, name)))
    yield _waiting(lag.waiting, time_limit_seconds)
    yield await _dead_letters(redis, partitions)


def _version(info: dict[str, Any]) -> Finding:
    name = "valkey" if "valkey_version" in info else "redis"
    version = str(info[f"{name}_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST[name]:
        return fail("redis", f"{name} {version}", "use Redis 7.0 or Valkey 7.2, or newer")
    return ok("redis", f"{name} {version}")


async def _durability(redis: Redis) -> list[Finding]:
    try:
        config: Any = await redis.config_get("appendonly", "maxmemory-policy", "maxmemory")
    except ResponseError:  # managed servers do not tell
        return []
    found = []
    if config.get("appendonly") != "yes":
        found.append(warn("redis", "appendonly is off: a crash loses messages", "set `appendonly yes`"))
    if config.get("maxmemory", "0") != "0" and config.get("maxmemory-policy") != "noeviction":
        found.append(
            fail("redis", "it may evict streams when memory is short", "set `maxmemory-policy noeviction`")
        )
    return found


async def _functions(redis: Redis) -> Finding:
    answer: Any = await redis.function_list("supportbot")
    nodes = answer.values() if isinstance(answer, dict) else [answer]  # a cluster answers node by node
    if not all(nodes):
        return warn("functions", "the guarded steps are not loaded", "any service loads them when it starts")
    return ok("functions", "loaded")


async def _group(redis: Redis, key: str, name: str, lag: GroupLag | None) -> Finding:
    subject = f"{key} › {name}"
    if lag is None:
        return warn(subject, "there is no such group yet", "any service makes it when it starts")
    unread = "an unknown number" if lag.unread is None else lag.unread
    text = f"{unread} unread, {lag.pending} in work, the oldest for {lag.oldest_seconds:.0f} s"
    consumers: Any = await redis.xinfo_consumers(key, name)
    if not any(consumer["idle"] < CONSUMER_ALIVE_MS for consumer in consumers):
        return fail(subject, f"nobody reads ({text})", f"start the {name} worker, or look at its log")
    if lag.oldest_seconds > LONGEST_WAIT_SECONDS or (lag.unread or 0) > MOST_UNREAD:
        return warn(subject, text, f"look at the {name} worker's log, or start more of them")
    return ok(subject, text)


def _waiting(partitions: tuple[Waiting, ...], time_limit_seconds: int) -> Finding:
    conversations = sum(waiting.conversations for waiting in partitions)
    oldest = max((waiting.oldest_seconds for waiting in partitions), default=0.0)
    text = f"{conversations} conversations wait for an answer, the first for {oldest:.0f} s"
    if oldest > time_limit_seconds:
        return warn("waiting", text, "look at the router worker's log, or start more of them")
    return ok("waiting", text)


async def _dead_letters(redis: Redis, partitions: int) -> Finding:
    letters = await LetterBox(
        redis=redis, steps=Steps(redis, partitions=partitions), partitions=partitions
    ).letters()
    count = sum(letter.state == "open" for letter in letters)
    if count:
        return warn("dead letters", f"{count}", "`supportbot dead-letters list` says why")
    return ok("dead letters", "none")
