"""The one home of the broker: what FastStream on Redis Streams needs to lose nothing.

Groups are created at the beginning of the stream, entries are read in batches, taken over from processes that
died, counted, buried when nothing helps, and the whole heals after Redis lost its data. No other module reads a
stream in a group or acknowledges an entry.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any

import structlog
from faststream import AckPolicy
from faststream._internal.endpoint.subscriber import SubscriberUsecase
from faststream.redis import RedisBatchStreamMessage, StreamSub
from redis.exceptions import RedisError, ResponseError

from services.shared.batch_reader import BatchHandler, BatchReader
from services.shared.broker import make_broker
from services.shared.cancellation import cancelled
from services.shared.connection import connect, ping, wait_for_server
from services.shared.dead_letters import DeadLetters
from services.shared.delivery import Delivery, Handler, RawEntry
from services.shared.each_reader import EachReader
from services.shared.entries import Entry
from services.shared.errors import SetupError
from services.shared.events import Envelope, dump_event
from services.shared.readers import Reader
from services.shared.reclaim import heartbeat, reclaim, release
from services.shared.settings import RedisSettings
from services.shared.steps import Steps
from services.shared.streams import RECORDERS, Stream, partition_of, stream_keys, stream_of

__all__ = ["Bus", "Delivery"]

log = structlog.get_logger()

GRACE_SECONDS = 20.0
WATCH_SECONDS = 1.0
FROM_THE_BEGINNING = "0"


class Bus:
    """A service's connection to the streams: `subscribe` what it handles, then `run`."""

    def __init__(self, settings: RedisSettings, *, service: str) -> None:
        self.redis = connect(settings, service=service)
        self._time_limit_ms = settings.time_limit_seconds * 1000
        self.steps = Steps(self.redis, partitions=settings.partitions, time_limit_ms=self._time_limit_ms)
        self._broker = make_broker(settings, service=service, graceful_timeout=GRACE_SECONDS)
        self._partitions = settings.partitions
        self._consumer = f"{socket.gethostname()}-{os.getpid()}"
        self._dead_letters = DeadLetters(steps=self.steps, max_deliveries=settings.max_deliveries)
        self._reclaim_idle_ms = settings.reclaim_idle_ms
        self._readers: list[Reader] = []
        self._subscribers: dict[str, SubscriberUsecase[Any]] = {}
        self._stopping = asyncio.Event()

    def subscribe(
        self,
        stream: Stream,
        group: str,
        handlers: Mapping[type[Envelope], Handler],
        *,
        on_dead_letter: Handler | None = None,
        concurrency: int = 64,
    ) -> None:
        """Have each event of the stream handled by the handler of its class, `concurrency` at a time.

        `on_dead_letter` is called after an event was given up, to tell whoever waits for it.
        """
        for key in self._keys(stream, group):
            self._add(
                EachReader(
                    stream=key,
                    group=group,
                    dead_letters=self._dead_letters,
                    handlers=handlers,
                    tell=on_dead_letter,
                    concurrency=concurrency,
                )
            )

    def subscribe_batch(
        self, stream: Stream, group: str, handler: BatchHandler, *, max_records: int = 500
    ) -> None:
        """Have the stream handled in batches, acknowledged after. While it raises TransientError it waits."""
        for key in self._keys(stream, group):
            self._add(
                BatchReader(
                    stream=key,
                    group=group,
                    dead_letters=self._dead_letters,
                    redis=self.redis,
                    handler=handler,
                    batch_size=max_records,
                )
            )

    def _keys(self, stream: Stream, group: str) -> list[str]:
        if group not in stream.groups:
            raise SetupError(
                f"group {group} is not one of {stream.name}: add it in services/shared/streams.py"
            )
        return [stream.key(partition) for partition in range(self._partitions)]

    def _add(self, reader: Reader) -> None:
        self._readers.append(reader)
        subscriber = self._broker.subscriber(
            stream=StreamSub(
                reader.stream,
                group=reader.group,
                consumer=self._consumer,
                batch=True,
                max_records=reader.max_records,
                polling_interval=1000,
            ),
            ack_policy=AckPolicy.MANUAL,
        )

        self._subscribers[reader.stream] = subscriber

        @subscriber
        async def read(body: list[Any], message: RedisBatchStreamMessage) -> None:  # noqa: ARG001
            raw = message.raw_message
            await reader.take(
                [
                    RawEntry(
                        at=Entry(stream=reader.stream, group=reader.group, entry_id=entry_id.decode()),
                        fields=fields,
                        deliveries=1,
                    )
                    for entry_id, fields in zip(raw["message_ids"], raw["data"], strict=True)
                ]
            )

    async def publish(self, event: Envelope) -> None:
        """Append one event to its stream."""
        partition = partition_of(event.conversation_id, self._partitions)
        await self._broker.publish(dump_event(event), stream=stream_of(event).key(partition))

    async def healthy(self) -> str | None:
        """What is wrong with the connection or the subscriptions, or None."""
        try:
            await asyncio.wait_for(ping(self.redis), 2)
        except (RedisError, OSError, TimeoutError) as error:
            return f"redis does not answer: {type(error).__name__}"
        stopped = self._stopped()
        return f"not reading {', '.join(stopped)}" if stopped else None

    def _stopped(self) -> list[str]:
        return [stream for stream, subscriber in self._subscribers.items() if not subscriber.running]

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """The bus at work: reading, taking over and healing until the block ends, then finishing what runs."""
        await wait_for_server(self.redis)
        try:
            await self._prepare()
        except ResponseError as error:
            raise SetupError(f"redis refuses: {error}") from None
        await self._broker.start()
        healing = asyncio.create_task(self._heal())
        reclaiming = asyncio.create_task(
            reclaim(self.redis, self._readers, self._consumer, self._reclaim_idle_ms)
        )
        beating = asyncio.create_task(
            heartbeat(self.redis, self._readers, self._consumer, self._reclaim_idle_ms)
        )
        try:
            yield
        finally:
            await cancelled(healing, reclaiming)
            for subscriber in self._subscribers.values():
                subscriber.running = False
            await asyncio.gather(*(reader.close(GRACE_SECONDS) for reader in self._readers))
            await cancelled(beating)
            with contextlib.suppress(RedisError, OSError):
                await self._broker.stop()
                await release(self.redis, self._readers, self._consumer)
            await self.redis.aclose()

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        async with self.connected():
            log.info("ready", streams=[reader.stream for reader in self._readers])
            await self._stopping.wait()
            log.info("stopping")

    async def _prepare(self) -> None:
        """Load the functions and create every group of the table at the beginning of its stream."""
        await self.steps.load()
        for stream, key in stream_keys(self._partitions):
            for group in stream.groups:
                await self._create(key, group, FROM_THE_BEGINNING)

    async def _restore(self) -> None:
        """As `_prepare`, after groups were lost: what customers were promised is over after the time limit.

        Who records events reads all of them once more, and knows those it has.
        """
        await self.steps.load()
        for stream, key in stream_keys(self._partitions):
            unanswered = await self._since(key, self._time_limit_ms)
            for group in stream.groups:
                await self._create(key, group, FROM_THE_BEGINNING if group in RECORDERS else unanswered)

    async def _create(self, key: str, group: str, begin: str) -> None:
        try:
            await self.redis.xgroup_create(key, group, id=begin, mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _since(self, key: str, before_ms: int) -> str:
        """The id that an entry had so long before the stream's last one, by the clock of the server."""
        try:
            last = (await self.redis.xinfo_stream(key))["last-generated-id"]
        except ResponseError:  # the stream is gone, too
            return FROM_THE_BEGINNING
        return str(max(0, int(last.split(b"-")[0]) - before_ms))

    async def _heal(self) -> None:
        """FastStream stops a subscriber for good when its group is gone: make the group anew and start again."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            stopped = self._stopped()
            if not stopped:
                continue
            with contextlib.suppress(RedisError, OSError):
                await self._restore()
                for stream in stopped:
                    await self._subscribers[stream].start()
                log.warning("reading again", streams=stopped)
