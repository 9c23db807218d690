"""Runs a service with a fault that no production code knows of: python -m tests.chaos.faulty FAULT MODULE

`poison`           the router raises on a message with the word RAISE, and dies of one with the word DIE
`first_attempts`   a tenth of the deliveries fail when they are made for the first time
`clock`            the wall clock jumps an hour ahead on SIGUSR1 and back on SIGUSR2
`short_retention`  streams are trimmed as soon as their groups allow it
"""

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, Self
from zlib import crc32

from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import Routed, RouteRequest
from services.shared import events, streams
from services.shared.bus import Bus
from services.shared.delivery import Delivery, Handler
from services.shared.launch import launch

RAISE, DIE = "RAISE", "DIE"
HOUR = timedelta(hours=1)


def poison() -> None:
    """Some messages break the classifier, as native code might."""
    route = OfflineModel.route

    async def fragile(model: OfflineModel, request: RouteRequest) -> Routed:
        words = {word for text in request.texts for word in text.split()}
        if DIE in words:
            os.kill(os.getpid(), signal.SIGKILL)
        if RAISE in words:
            raise RuntimeError("this message breaks the classifier")
        return await route(model, request)

    OfflineModel.route = fragile  # type: ignore[method-assign]


def first_attempts() -> None:
    """Handlers fail at first where the checksum of the entry's id says so."""
    subscribe, subscribe_batch = Bus.subscribe, Bus.subscribe_batch

    def unlucky(delivery: Delivery) -> bool:
        return delivery.deliveries == 1 and crc32(delivery.entry_id.encode()) % 10 == 0

    def each(handler: Handler) -> Handler:
        async def handle(delivery: Delivery) -> None:
            if unlucky(delivery):
                raise RuntimeError("the first attempt fails")
            await handler(delivery)

        return handle

    def moody(bus: Bus, stream: Any, group: str, handlers: Mapping[Any, Handler], **options: Any) -> None:
        subscribe(bus, stream, group, {type_: each(handlers[type_]) for type_ in handlers}, **options)

    def moody_batch(bus: Bus, stream: Any, group: str, handler: Any, **options: Any) -> None:
        async def handle(deliveries: Sequence[Delivery]) -> None:
            if any(map(unlucky, deliveries)):
                raise RuntimeError("the first attempt fails")
            await handler(deliveries)

        subscribe_batch(bus, stream, group, handle, **options)

    Bus.subscribe, Bus.subscribe_batch = moody, moody_batch  # type: ignore[method-assign,assignment]


def clock() -> None:
    """Everything that tells the time of day is wrong by an hour after the jump."""
    true_time, true_uuid7, offset = time.time, events.uuid_utils.uuid7, timedelta()

    class WrongDatetime(datetime):
        @classmethod
        def now(cls, tz: Any = UTC) -> Self:
            return super().now(tz) + offset

    def jump(number: int, _: object) -> None:
        nonlocal offset
        offset = HOUR if number == signal.SIGUSR1 else -HOUR

    time.time = lambda: true_time() + offset.total_seconds()
    events.datetime = WrongDatetime  # type: ignore[attr-defined]
    wrong_uuids = ModuleType("uuid_utils")
    wrong_uuids.uuid7 = lambda: true_uuid7(  # type: ignore[attr-defined]
        nanoseconds=int((true_time() + offset.total_seconds()) * 1e9)
    )
    events.uuid_utils = wrong_uuids  # type: ignore[assignment]
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, jump)


def short_retention() -> None:
    for stream in streams.STREAMS:
        object.__setattr__(stream, "retention", timedelta())


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault for fault in (poison, first_attempts, clock, short_retention)
}

if __name__ == "__main__":
    _, name, module = sys.argv
    FAULTS[name]()
    launch(importlib.import_module(module).main)
