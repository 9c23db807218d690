"""What happens to the entries of one stream and group once they are in this process.

`EachReader` runs one handler an entry, many at a time; the handler's step acknowledges. `BatchReader` runs one
handler a batch and acknowledges it after.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import stamina
import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from structlog.contextvars import bound_contextvars

from services.shared.cancellation import cancelled
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
    closing: bool = False

    @property
    @abstractmethod
    def max_records(self) -> int: ...

    def _admitted(self, entries: Sequence[RawEntry]) -> list[RawEntry]:
        """The entries that this process does not have yet, now in flight; none while it is closing."""
        if self.closing:
            return []
        new = [entry for entry in entries if entry.at.entry_id not in self.in_flight]
        self.in_flight.update(entry.at.entry_id for entry in new)
        return new

    @abstractmethod
    async def take(self, entries: Sequence[RawEntry]) -> None:
        """Accept entries; returns when there is room for more."""

    @abstractmethod
    async def take_alone(self, entry: RawEntry) -> None:
        """Process one entry to its end."""

    @abstractmethod
    async def close(self, grace: float) -> None:
        """Accept nothing more and let what runs finish within `grace` seconds."""


@dataclass(kw_only=True)
class EachReader(Reader):
    handlers: Mapping[type[Envelope], Handler]
    tell: Handler | None
    concurrency: int
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def max_records(self) -> int:
        """Few enough that what is read is begun at once: an entry that waits here is idle elsewhere."""
        return max(1, self.concurrency // 4)

    async def take(self, entries: Sequence[RawEntry]) -> None:
        waiting = deque(self._admitted(entries))
        try:
            while waiting:
                await self._room_for(1)
                if self.closing:
                    return
                task = asyncio.create_task(self._process(waiting.popleft()))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await self._room_for(self.max_records)
        finally:  # what was not begun is nobody's, or it would be kept from whoever takes it over
            self.in_flight.difference_update(entry.at.entry_id for entry in waiting)

    async def _room_for(self, entries: int) -> None:
        while len(self._tasks) + entries > self.concurrency:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def take_alone(self, entry: RawEntry) -> None:
        for new in self._admitted([entry]):
            await self._process(new)

    async def _process(self, entry: RawEntry) -> None:
        try:
            outcome = await self._handle(entry)
            HANDLED.labels(self.stream, outcome).inc()
        except Exception:
            # The entry stays pending and is delivered again; the process must live on.
            log.exception("delivery failed", stream=self.stream, entry_id=entry.at.entry_id)
            HANDLED.labels(self.stream, "failed").inc()
        finally:
            self.in_flight.discard(entry.at.entry_id)

    async def _handle(self, raw: RawEntry) -> str:
        if self.dead_letters.exhausted(raw):
            await self.dead_letters.bury_exhausted(raw, self.tell)
            return "dead"
        try:
            delivery = parse(raw)
            with bound_contextvars(**_ids(delivery)):
                await self._handler_of(delivery)(delivery)
        except PermanentError as error:
            await self.dead_letters.bury(raw, str(error), self.tell)
            return "dead"
        except Exception as error:
            if self.dead_letters.is_last(raw):
                await self.dead_letters.bury_failed(raw, error, self.tell)
                return "dead"
            if not isinstance(error, TransientError):
                raise
            log.warning("will be delivered again", stream=self.stream, reason=str(error))
            return "again"
        return "done"

    def _handler_of(self, delivery: Delivery) -> Handler:
        handler = self.handlers.get(type(delivery.event))
        if handler is None:
            raise PermanentError(f"{delivery.event.type} does not belong on {self.stream}")
        return handler

    async def close(self, grace: float) -> None:
        self.closing = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            await cancelled(*late)


def _ids(delivery: Delivery) -> dict[str, str]:
    """What every log line of the handler carries."""
    event = delivery.event
    turn = {"turn_id": event.turn_id} if event.turn_id else {}
    return {"conversation_id": event.conversation_id, **turn}


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
        new = self._admitted(entries)
        try:
            async with self._one_at_a_time:
                if not self.closing:
                    await self._process(new)
        finally:
            self.in_flight.difference_update(entry.at.entry_id for entry in new)

    async def take_alone(self, entry: RawEntry) -> None:
        if self.dead_letters.exhausted(entry):
            await self.dead_letters.bury_exhausted(entry)
        else:
            await self.take([entry])

    async def close(self, grace: float) -> None:
        self.closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace), self._one_at_a_time:
                return

    async def _process(self, entries: Sequence[RawEntry]) -> None:
        batch: list[tuple[RawEntry, Delivery]] = []
        for raw in entries:
            try:
                batch.append((raw, parse(raw)))
            except PermanentError as error:
                await self.dead_letters.bury(raw, str(error))
        handled: list[str] = []
        # What waits for its database waits here: nothing more is read and no delivery is counted meanwhile.
        async for attempt in stamina.retry_context(
            on=TransientError, attempts=None, timeout=None, wait_initial=0.2, wait_max=5.0
        ):
            with attempt:
                handled = await self._handle(batch)
        if handled:
            await self.redis.xack(self.stream, self.group, *handled)
            HANDLED.labels(self.stream, "done").inc(len(handled))

    async def _handle(self, batch: Sequence[tuple[RawEntry, Delivery]]) -> list[str]:
        """The ids of the entries that were handled. The others are buried, or stay to be delivered again."""
        if not batch:
            return []
        try:
            await self.handler([delivery for _, delivery in batch])
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 any bug in a handler must cost one entry, not the stream
            if len(batch) > 1:  # One of them is at fault: alone, it harms no other.
                return [entry_id for one in batch for entry_id in await self._handle([one])]
            await self._fail(batch[0][0], error)
            return []
        return [delivery.entry_id for _, delivery in batch]

    async def _fail(self, raw: RawEntry, error: Exception) -> None:
        if isinstance(error, PermanentError):
            await self.dead_letters.bury(raw, str(error))
        elif self.dead_letters.is_last(raw):
            await self.dead_letters.bury_failed(raw, error)
        else:
            log.error("delivery failed", stream=self.stream, entry_id=raw.at.entry_id, exc_info=error)
            HANDLED.labels(self.stream, "failed").inc()
