import asyncio
from typing import Any, cast

from services.shared.dead_letters import DeadLetters
from services.shared.delivery import Delivery, RawEntry
from services.shared.each_reader import EachReader
from services.shared.entries import Entry
from services.shared.events import MessageReceived, dump_event
from services.shared.steps import Steps
from tests.builders import an_event
from tests.eventually import eventually


def an_entry(number: int) -> RawEntry:
    payload = dump_event(an_event(MessageReceived)).encode()
    at = Entry(stream="chat.messages.{0}", group="router", entry_id=f"{number}-0")
    return RawEntry(at=at, fields={b"__data__": payload}, deliveries=1)


async def test_an_entry_that_was_not_begun_is_left_to_others_when_reading_breaks_off() -> None:
    gate = asyncio.Event()

    async def handle(_: Delivery) -> None:
        await gate.wait()

    reader = EachReader(
        stream="chat.messages.{0}",
        group="router",
        dead_letters=DeadLetters(steps=cast("Steps", None)),
        handlers=cast("Any", {MessageReceived: handle}),
        tell=None,
        concurrency=2,
    )
    taking = asyncio.create_task(reader.take([an_entry(number) for number in range(1, 5)]))
    await eventually(lambda: len(reader.in_flight) == 4)
    await asyncio.sleep(0)

    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)

    assert reader.in_flight == {"1-0", "2-0"}
    gate.set()
    await eventually(lambda: not reader.in_flight)
