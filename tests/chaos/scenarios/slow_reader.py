"""R13: one of two hundred sockets does not read."""

import asyncio
import contextlib
import random
import re
import socket
import time
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

import orjson
from websockets.asyncio.client import connect

from bench.customer import Customer
from services.shared.frames import MAX_TEXT_CHARACTERS
from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome, percentile
from tests.chaos.stack import Crew, Stack
from tests.eventually import eventually

PAUSE = 4.0
# Four bytes a character: the longest message there can be.
LONGEST_MESSAGE = "🐌" * MAX_TEXT_CHARACTERS
MESSAGES_OF_THE_FLOOD = 150
TINY_BUFFER = 4096
SLOWER = 1.2
MEBIBYTE = 1 << 20
# What the gateway may hold, what the kernel may, and what came while one looked.
MOST_SENT_MIB = 2
SLOW_READERS = re.compile(r"^supportbot_slow_readers_total (\S+)$", re.MULTILINE)


async def slow_reader(stack: Stack, *, conversations: int = 200, messages: int = 8) -> Outcome:
    """A flood that is read at one gateway and not read at the other, again and again; those who talk beside the one
    are timed against those who talk beside the other at the same time, so that both meet the same machine."""
    await stack.call(Crew())
    others = conversations - 1
    customers = crowd(stack.urls, conversations=others, messages=others * messages, pause=PAUSE)
    start = time.monotonic() + PAUSE
    for customer in customers:
        customer.speaks_from = start + random.uniform(0, PAUSE)
    talking = asyncio.create_task(speak(customers, within=150))
    sent = await _floods(stack, talking)

    outcome = Outcome(
        load=f"{conversations} sockets, {others * messages} messages",
        faults=f"{len(sent)} sockets that do not read, one after the other",
    )
    outcome.take(await stack.verdict(customers))
    deaf, reading = _p95(customers[::2]), _p95(customers[1::2])
    outcome.figures += [
        Figure("most sent before it was closed", max(sent) / MEBIBYTE, at_most=MOST_SENT_MIB, unit="MiB"),
        Figure("p95 beside them", deaf, unit="s"),
        Figure("beside one that reads", reading, unit="s"),
        Figure("compared", deaf / reading, at_most=SLOWER),
    ]
    return outcome


def _p95(customers: Sequence[Customer]) -> float:
    return percentile([wait for customer in customers for wait in customer.waits.values()], 0.95)


async def _floods(stack: Stack, talking: asyncio.Task[None]) -> list[float]:
    """What each deaf tab was sent, while there is talk."""
    sent = []
    while not talking.done():
        sent.append(await _flood(stack))
    await talking
    return sent


async def _flood(stack: Stack) -> float:
    """The bytes that a conversation had been sent when its deaf second tab was cut off; it speaks, and reads, at the
    other gateway."""
    deaf, reads = stack.urls
    speaker = Customer(urls=[reads], texts=[LONGEST_MESSAGE] * MESSAGES_OF_THE_FLOOD)
    speaking = asyncio.create_task(speaker.run(time.monotonic() + 90))
    before = await _cut_off(stack)
    async with _deaf(deaf, speaker):

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
