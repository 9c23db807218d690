"""R13: one of two hundred sockets does not read."""

import asyncio
import contextlib
import random
import re
import socket
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import orjson
from websockets.asyncio.client import connect

from bench.customer import Customer
from bench.verdict import compare
from services.shared.frames import MAX_TEXT_CHARACTERS
from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome, percentile
from tests.chaos.stack import Crew, Stack
from tests.eventually import eventually

PAUSE = 4.0
ROUNDS = 2
# Four bytes a character: the longest message there can be.
LONGEST_MESSAGE = "🐌" * MAX_TEXT_CHARACTERS
MESSAGES_OF_THE_FLOOD = 150
TINY_BUFFER = 4096
SLOWER = 1.2
MEBIBYTE = 1 << 20
# What the gateway may hold, what the kernel may, and what came while one looked.
MOST_SENT = 2 * MEBIBYTE
SLOW_READERS = re.compile(r"^supportbot_slow_readers_total (\S+)$", re.MULTILINE)


async def slow_reader(stack: Stack, *, conversations: int = 200, messages: int = 3) -> Outcome:
    """The same flood meets a second tab that reads and one that does not, in turn; the others are timed."""
    await stack.call(Crew())
    outcome = Outcome(
        load=f"{conversations} sockets, {2 * ROUNDS * (conversations - 1) * messages} messages",
        faults=f"{ROUNDS} sockets that do not read",
    )
    waits: dict[bool, list[float]] = {True: [], False: []}
    for reads in [True, False] * ROUNDS:
        customers = crowd(
            stack.urls, conversations=conversations - 1, messages=(conversations - 1) * messages, pause=PAUSE
        )
        start = time.monotonic() + PAUSE
        for customer in customers:
            customer.speaks_from = start + random.uniform(0, PAUSE)
        flooded, _ = await asyncio.gather(_flood(stack, reads=reads), speak(customers, within=90))
        outcome.take(await compare(customers, stack.redis_url, stack.database_url))
        waits[reads] += [wait for customer in customers for wait in customer.waits.values()]
        if not reads:
            outcome.figures.append(
                Figure(
                    "sent before it was closed", flooded / MEBIBYTE, at_most=MOST_SENT / MEBIBYTE, unit="MiB"
                )
            )
    beside, calm = percentile(waits[False], 0.95), percentile(waits[True], 0.95)
    outcome.figures += [
        Figure("others' p95", beside, unit="s"),
        Figure("compared to one that reads", beside / calm, at_most=SLOWER),
    ]
    return outcome


async def _flood(stack: Stack, *, reads: bool) -> float:
    """The bytes that a conversation had been sent when its second tab was cut off; 0 when that one reads."""
    until = time.monotonic() + 90
    speaker = Customer(urls=stack.urls, texts=[LONGEST_MESSAGE] * MESSAGES_OF_THE_FLOOD)
    speaking = asyncio.create_task(speaker.run(until))
    if reads:
        await asyncio.gather(speaking, Customer(urls=stack.urls, follows=speaker).run(until))
        return 0.0
    before = await _cut_off(stack)
    async with _deaf(stack.urls[0], speaker):

        async def cut_off() -> bool:
            return speaker.done or await _cut_off(stack) > before

        await eventually(cut_off, within=90)
        sent = len(speaker.screen.answered) * len(LONGEST_MESSAGE.encode())
    assert not speaker.done, "nobody was cut off"
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    return sent


async def _cut_off(stack: Stack) -> float:
    """How many readers the gateway has cut off because they were too slow."""
    metrics = (await stack.http.get(f"http://{stack.gateways[0]}/metrics")).text
    found = SLOW_READERS.search(metrics)
    assert found, "the gateway does not count slow readers"
    return float(found[1])


@contextlib.asynccontextmanager
async def _deaf(url: str, speaker: Customer) -> AsyncIterator[None]:
    """A second tab of the speaker that stops reading once it is open."""
    await eventually(lambda: speaker.session)
    parts = urlsplit(url)
    plug = socket.socket()
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY_BUFFER)
    plug.connect((parts.hostname, parts.port))
    async with connect(
        url, sock=plug, compression=None, ping_interval=None, max_queue=1, close_timeout=0.1
    ) as deaf:
        known = {key: speaker.session[key] for key in ("session_token", "conversation_id")}
        await deaf.send(orjson.dumps({"type": "resume", "client_id": "resume", **known}).decode())
        await deaf.recv()
        yield
