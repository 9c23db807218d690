"""One handler a batch, acknowledged after it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import stamina
import structlog
from redis.asyncio import Redis

from services.shared.dead_letters import parse
from services.shared.delivery import Delivery, RawEntry
from services.shared.errors import PermanentError, TransientError
from services.shared.readers import HANDLED, Reader

log = structlog.get_logger()

BatchHandler = Callable[[Sequence[Delivery]], Awaitable[None]]


@dataclass(kw_only=True)
class BatchReader(Reader):
    """Hands over `batch_size` entries at the most, and none while the batch before is being handled."""

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
