"""Is Redis there, set up to lose nothing, and does every group keep up?"""

from collections.abc import Iterator
from typing import Any

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.shared.streams import DEAD_LETTERS, Stream, stream_keys

OLDEST = {"redis": (7, 0), "valkey": (7, 2)}
LONGEST_WAIT_MS = 60_000
MOST_UNREAD = 1_000
CONSUMER_ALIVE_MS = 30_000


def check_redis(redis: Redis, partitions: int) -> Iterator[Finding]:
    """Everything about Redis; when it does not answer, that alone."""
    try:
        info: Any = redis.info()
        yield _version(info)
        yield from _durability(redis)
        yield _functions(redis)
        clock: Any = redis.time()
        for stream, key in stream_keys(partitions):
            yield from _groups(redis, stream, key, now_ms=clock[0] * 1000)
        yield _dead_letters(redis, partitions)
    except (RedisError, OSError) as error:
        yield fail("redis", f"does not answer: {error}", "start it (`supportbot up`), or correct REDIS_URL")


def _version(info: dict[str, Any]) -> Finding:
    name = "valkey" if "valkey_version" in info else "redis"
    version = str(info[f"{name}_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST[name]:
        return fail("redis", f"{name} {version}", "use Redis 7.0 or Valkey 7.2, or newer")
    return ok("redis", f"{name} {version}")


def _durability(redis: Redis) -> Iterator[Finding]:
    try:
        config: Any = redis.config_get("appendonly", "maxmemory-policy", "maxmemory")
    except ResponseError:  # managed servers do not tell
        return
    if config.get("appendonly") != "yes":
        yield warn("redis", "appendonly is off: a crash loses messages", "set `appendonly yes`")
    if config.get("maxmemory", "0") != "0" and config.get("maxmemory-policy") != "noeviction":
        yield fail("redis", "it may evict streams when memory is short", "set `maxmemory-policy noeviction`")


def _functions(redis: Redis) -> Finding:
    libraries: Any = redis.function_list("supportbot")
    if not libraries:
        return warn("functions", "the guarded steps are not loaded", "any service loads them when it starts")
    return ok("functions", "loaded")


def _groups(redis: Redis, stream: Stream, key: str, *, now_ms: int) -> Iterator[Finding]:
    groups = {group["name"].decode(): group for group in _info(redis, key)}
    for name in stream.groups:
        subject = f"{key} › {name}"
        if name not in groups:
            yield warn(subject, "there is no such group yet", "any service makes it when it starts")
        else:
            yield _progress(redis, key, name, groups[name], subject=subject, now_ms=now_ms)


def _info(redis: Redis, key: str) -> Any:
    try:
        return redis.xinfo_groups(key)
    except ResponseError:
        return []


def _progress(
    redis: Redis, key: str, name: str, group: dict[str, Any], *, subject: str, now_ms: int
) -> Finding:
    pending: Any = redis.xpending(key, name)
    oldest_ms = now_ms - int(pending["min"].split(b"-")[0]) if pending["pending"] else 0
    unread = group.get("lag") or 0
    text = f"{unread} unread, {pending['pending']} in work, the oldest for {oldest_ms / 1000:.0f} s"
    consumers: Any = redis.xinfo_consumers(key, name)
    if not any(consumer["idle"] < CONSUMER_ALIVE_MS for consumer in consumers):
        return fail(subject, f"nobody reads ({text})", f"start the {name} worker, or look at its log")
    if oldest_ms > LONGEST_WAIT_MS or unread > MOST_UNREAD:
        return warn(subject, text, f"look at the {name} worker's log, or start more of them")
    return ok(subject, text)


def _dead_letters(redis: Redis, partitions: int) -> Finding:
    count = sum(redis.xlen(DEAD_LETTERS.key(partition)) for partition in range(partitions))
    if count:
        return warn("dead letters", f"{count}", "`supportbot dead-letters list` says why")
    return ok("dead letters", "none")
