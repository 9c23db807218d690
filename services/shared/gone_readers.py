"""The names that processes leave behind in the groups when they end: a new process has a new one."""

from redis.exceptions import ResponseError

from services.shared.steps import Steps
from services.shared.streams import stream_keys

A_DAY_MS = 86_400_000


async def forget_gone_readers(steps: Steps, *, partitions: int, idle_ms: int = A_DAY_MS) -> int:
    """Forget, in every group of the table, who has read nothing for a day and holds nothing; returns how many."""
    forgotten = 0
    for stream, key in stream_keys(partitions):
        for group in stream.groups:
            try:
                forgotten += await steps.forget_readers(key, group, idle_ms=idle_ms)
            except ResponseError as error:
                if "NOGROUP" not in str(error) and "no such key" not in str(error):
                    raise
    return forgotten
