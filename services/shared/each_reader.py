"""One handler an entry, many at a time; the handler's step acknowledges."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bound_contextvars

from services.shared.cancellation import cancelled
from services.shared.dead_letters import parse
from services.shared.delivery import Delivery, Handler, RawEntry
from services.shared.errors import PermanentError, TransientError
from services.shared.events import Envelope
from services.shared.readers import HANDLED, Reader

log = structlog.get_logger()


@dataclass(kw_only=True)
class EachReader(Reader):
    """`tell` is called for an entry that became a dead letter; `concurrency` entries are handled at a time."""

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
