"""What happens to the entries of one stream and group once they are in this process.

`EachReader` runs one handler an entry, many at a time; the handler's step acknowledges. `BatchReader` runs one
handler a batch and acknowledges it after.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import stamina
import structlog
from prometheus_client import Counter
from redis.asyncio import Redis

from services.shared.dead_letters import DeadLetters, parse
from services.shared.delivery import Delivery, Handler, RawEntry
from services.shared.errors import PermanentError, TransientError
from services.shared.events import Envelope

log = structlog.get_logger()
HANDLED = Counter("supportbot_handled_total", "Entries by how their delivery ended", ["stream", "outcome"])

BatchHandler = Callable[[Sequence[Delivery]], Awaitable[None]]


@dataclass(kw_only=True)
class Reader(ABC):
    """One stream key read by one group. `in_flight` are the entries that this process is working on."""

    stream: str
    group: str
    dead_letters: DeadLetters
    in_flight: set[str] = field(default_factory=set)

    @property
    @abstractmethod
    def max_records(self) -> int: ...

    @abstractmethod
    async def take(self, entries: Sequence[RawEntry]) -> None:
        """Accept entries; returns when there is room for more."""

    @abstractmethod
    async def take_alone(self, entry: RawEntry) -> None:
        """Process one entry to its end."""

    @abstractmethod
    async def close(self, grace: float) -> None:
        """Let what runs finish within `grace` seconds."""


@dataclass(kw_only=True)
class EachReader(Reader):
    handlers: Mapping[type[Envelope], Handler]
    tell: Handler | None
    concurrency: int
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.concurrency)

    @property
    def max_records(self) -> int:
        return self.concurrency

    async def take(self, entries: Sequence[RawEntry]) -> None:
        for entry in entries:
            await self._room.acquire()
            task = asyncio.create_task(self.take_alone(entry))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    async def take_alone(self, entry: RawEntry) -> None:
        if entry.at.entry_id in self.in_flight:
            return
        self.in_flight.add(entry.at.entry_id)
        try:
            outcome = await self._handle(entry)
            HANDLED.labels(self.stream, outcome).inc()
        except asyncio.CancelledError:
            raise
        except Exception:
            # The entry stays pending and is delivered again; the process must live on.
            log.exception("delivery failed", stream=self.stream, entry_id=entry.at.entry_id)
            HANDLED.labels(self.stream, "failed").inc()
        finally:
            self.in_flight.discard(entry.at.entry_id)

    async def _handle(self, raw: RawEntry) -> str:
        if self.dead_letters.exhausted(raw):
            reason = f"not processed in {raw.deliveries - 1} deliveries"
            await self.dead_letters.bury(raw, reason, self.tell)
            return "dead"
        try:
            delivery = parse(raw)
            await self._handler_of(delivery)(delivery)
        except PermanentError as error:
            await self.dead_letters.bury(raw, str(error), self.tell)
            return "dead"
        except TransientError as error:
            log.warning("will be delivered again", stream=self.stream, reason=str(error))
            return "again"
        return "done"

    def _handler_of(self, delivery: Delivery) -> Handler:
        handler = self.handlers.get(type(delivery.event))
        if handler is None:
            raise PermanentError(f"{delivery.event.type} does not belong on {self.stream}")
        return handler

    async def close(self, grace: float) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()


@dataclass(kw_only=True)
class BatchReader(Reader):
    redis: Redis
    handler: BatchHandler
    batch_size: int
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def max_records(self) -> int:
        return self.batch_size

    async def take(self, entries: Sequence[RawEntry]) -> None:
        self.in_flight.update(entry.at.entry_id for entry in entries)
        try:
            async with self._one_at_a_time:
                await self._process(entries)
        finally:
            self.in_flight.difference_update(entry.at.entry_id for entry in entries)

    async def take_alone(self, entry: RawEntry) -> None:
        await self.take([entry])

    async def close(self, grace: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace), self._one_at_a_time:
                return

    async def _process(self, entries: Sequence[RawEntry]) -> None:
        deliveries = []
        for raw in entries:
            try:
                deliveries.append(parse(raw))
            except PermanentError as error:
                await self.dead_letters.bury(raw, str(error))
        if not deliveries:
            return
        # What waits for its database waits here: nothing more is read and no delivery is counted meanwhile.
        async for attempt in stamina.retry_context(
            on=TransientError, attempts=None, timeout=None, wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                await self._handle(entries, deliveries)
        await self.redis.xack(self.stream, self.group, *(delivery.entry_id for delivery in deliveries))
        HANDLED.labels(self.stream, "done").inc(len(deliveries))

    async def _handle(self, entries: Sequence[RawEntry], deliveries: Sequence[Delivery]) -> None:
        try:
            await self.handler(deliveries)
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 any bug in a handler must cost one entry, not the stream
            if len(deliveries) == 1:
                raw = next(raw for raw in entries if raw.at.entry_id == deliveries[0].entry_id)
                await self.dead_letters.bury(raw, f"{type(error).__name__}: {error}"[:500])
                return
            # One of them is at fault: alone, it harms no other.
            for delivery in deliveries:
                await self._handle(entries, [delivery])
