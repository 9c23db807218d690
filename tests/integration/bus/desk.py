"""A bus on a real server, the messages that it is given, and what became of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis

from services.shared.bus import Bus, Delivery
from services.shared.delivery import Handler
from services.shared.events import Envelope, MessageReceived, dump_event
from services.shared.streams import CHAT_MESSAGES, DEAD_LETTERS
from tests.builders import an_event
from tests.eventually import eventually
from tests.recorded import events_on
from tests.running import a_bus

MESSAGES = CHAT_MESSAGES.key(0)
GROUP = "router"


class Desk:
    """Handles messages as it is told, acknowledges what it has handled, and keeps what it was given."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.given: list[Delivery] = []
        self.handled: list[str] = []
        self.told: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, delivery: Delivery) -> None:
        text = text_of(delivery)
        self.given.append(delivery)
        await self.gate.wait()
        if text in self.trouble:
            raise self.trouble[text]
        await self.redis.xack(delivery.stream, delivery.group, delivery.entry_id)
        self.handled.append(text)

    async def tell(self, delivery: Delivery) -> None:
        self.told.append(text_of(delivery))

    def deliveries_of(self, text: str) -> list[int]:
        return [delivery.deliveries for delivery in self.given if text_of(delivery) == text]


def text_of(delivery: Delivery) -> str:
    assert isinstance(delivery.event, MessageReceived)
    return delivery.event.text


def a_message(text: str) -> MessageReceived:
    return an_event(MessageReceived, text=text)


@contextlib.asynccontextmanager
async def reading(
    redis_url: str, handler: Handler, *, name: str = "one", concurrency: int = 64, **more: Any
) -> AsyncIterator[Bus]:
    """A bus that has its messages handled."""
    tell = more.pop("tell", None)
    bus = a_bus(redis_url, name=name, **more)
    handlers = {MessageReceived: handler}
    bus.subscribe(CHAT_MESSAGES, GROUP, handlers, on_dead_letter=tell, concurrency=concurrency)
    async with bus.connected():
        yield bus


async def add(redis: Redis, *events: Envelope) -> None:
    for event in events:
        await redis.xadd(MESSAGES, {"__data__": dump_event(event)})


async def pending(redis: Redis) -> int:
    return int((await redis.xpending(MESSAGES, GROUP))["pending"])


async def acknowledged(redis: Redis) -> None:
    """Return once the group has nothing left to acknowledge."""

    async def nothing_pending() -> bool:
        return await pending(redis) == 0

    await eventually(nothing_pending, within=10)


async def letters(redis: Redis) -> list[dict[str, Any]]:
    return await events_on(redis, DEAD_LETTERS.key(0))


async def abandon(redis: Redis, *, stream: str = MESSAGES, deliveries: int = 1) -> list[str]:
    """Deliver all there is to a process that dies with it."""
    found: Any = await redis.xreadgroup(GROUP, "dead", {stream: ">"}, count=1000)
    ids = [entry_id.decode() for entry_id, _ in found[0][1]]
    await redis.xclaim(stream, GROUP, "dead", 0, ids, idle=60_000, retrycount=deliveries, justid=True)
    return ids


async def idle_for(redis: Redis, milliseconds: int) -> None:
    """Let the server's clock go on."""

    async def now_ms() -> int:
        seconds, microseconds = await redis.time()
        return seconds * 1000 + microseconds // 1000

    until = await now_ms() + milliseconds

    async def passed() -> bool:
        return await now_ms() > until

    await eventually(passed, within=milliseconds / 1000 + 5)
