"""The persistence worker: every event of every stream into Postgres, once."""

import asyncio
from functools import partial

from services.persistence_worker.database import create_engine, database_problem
from services.persistence_worker.handlers import PersistenceHandlers
from services.persistence_worker.repository import EventRepository
from services.persistence_worker.retention import tidy_periodically
from services.persistence_worker.settings import PersistenceSettings
from services.shared.bus import Bus
from services.shared.cancellation import cancelled
from services.shared.gone_readers import forget_gone_readers
from services.shared.health import Check, HealthServer
from services.shared.lag import watch_lag
from services.shared.launch import launch
from services.shared.retention import StreamTrimmer
from services.shared.settings import PostgresSettings, RedisSettings, load_settings
from services.shared.streams import (
    CHAT_MESSAGES,
    CHAT_REPLIES,
    CHAT_SESSIONS,
    DEAD_LETTERS,
    TOOL_REQUESTS,
    TOOL_RESULTS,
)
from services.shared.telemetry import configure_logging

GROUP = "persistence"
LAG_SECONDS = 10.0


async def main() -> None:
    settings = load_settings(PersistenceSettings)
    redis_settings = load_settings(RedisSettings)
    postgres_settings = load_settings(PostgresSettings)
    configure_logging("persistence_worker", redis_settings)

    engine = create_engine(postgres_settings, pool_size=settings.pool_size)
    bus = Bus(redis_settings, service="persistence_worker")
    trimmer = StreamTrimmer(bus.redis, partitions=redis_settings.partitions)
    forget = partial(forget_gone_readers, bus.steps, partitions=redis_settings.partitions)
    handlers = PersistenceHandlers(events=EventRepository(engine))
    subscribe(bus, handlers, batch_size=settings.batch_size)

    checks: dict[str, Check] = {"redis": bus.healthy, "postgres": partial(database_problem, engine)}
    async with HealthServer(redis_settings.health_host, redis_settings.health_port, checks):
        chores = [
            asyncio.create_task(tidy_periodically(trimmer.trim, forget, seconds=settings.trim_seconds)),
            asyncio.create_task(
                watch_lag(
                    bus.redis,
                    partitions=redis_settings.partitions,
                    time_limit_seconds=redis_settings.time_limit_seconds,
                    every_seconds=LAG_SECONDS,
                )
            ),
        ]
        await bus.run()
        await cancelled(*chores)
    await engine.dispose()


def subscribe(bus: Bus, handlers: PersistenceHandlers, *, batch_size: int) -> None:
    """What this service reads."""
    batches = partial(bus.subscribe_batch, max_records=batch_size)
    batches(CHAT_SESSIONS, GROUP, handlers.on_events)
    batches(CHAT_MESSAGES, GROUP, handlers.on_events)
    batches(TOOL_REQUESTS, GROUP, handlers.on_events)
    batches(TOOL_RESULTS, GROUP, handlers.on_events)
    batches(CHAT_REPLIES, GROUP, handlers.on_events)
    batches(DEAD_LETTERS, GROUP, handlers.on_dead_letters)


if __name__ == "__main__":
    launch(main)
