"""How long is it from a message to the first frame of its reply, and how much of that is Redis?

Sends one message after the other over one socket of a running stack, and between them makes the same number of
bare redis-py hops: two calls (admit, take in), a stream read in a group, three calls (begin, first frames, text)
and a push. In a second table it times the steps of a turn as the services do them, and the same work without the
fence and without the atomic step. All of it is interleaved, so that everything meets the same machine.

    python -m bench.latency --rounds 200
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from uuid import uuid4

import orjson
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

from bench.stack import addresses
from bench.turn_cost import turns

GREETING, QUESTION = "hi", "what is your return policy?"
CALLS_BEFORE, CALLS_AFTER = 2, 3
TURNS_A_ROUND = 5


class Chat:
    """A conversation that measures itself; a new one before the session's message limit is reached."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/ws"
        self._socket: ClientConnection | None = None
        self._sent = 0

    async def ask(self, text: str) -> dict[str, float]:
        """Milliseconds from sending to the acknowledgement, the run's first frame, its first text and its end."""
        if self._socket is None or self._sent % 18 == 0:
            await self._open()
        self._sent += 1
        started = time.perf_counter()
        await self._send(type="message", client_id=uuid4().hex, text=text)
        seen: dict[str, float] = {}
        while "end" not in seen:
            event = await self._event()
            mark = {
                "message.acknowledged": "acknowledged",
                "RUN_STARTED": "first frame",
                "TEXT_MESSAGE_START": "first text",
                "RUN_FINISHED": "end",
            }.get(event.get("name", event["type"]))
            if mark:
                seen.setdefault(mark, (time.perf_counter() - started) * 1000)
        return seen

    async def _open(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        self._socket = await connect(self._url)
        await self._send(type="start", client_id="start")
        while (await self._event()).get("name") != "session.opened":
            pass

    async def _send(self, **frame: str) -> None:
        assert self._socket is not None
        await self._socket.send(orjson.dumps(frame).decode())

    async def _event(self) -> dict[str, str]:
        assert self._socket is not None
        frame = orjson.loads(await asyncio.wait_for(self._socket.recv(), 30))
        if frame.get("type") == "error":
            raise SystemExit(f"the gateway refuses: {frame['code']}: {frame['message']}")
        event: dict[str, str] = frame["event"]
        return event


class BareHops:
    """The same hops through Redis with nothing around them."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self._stream = f"bench:{uuid4().hex}"
        self._payload = b"x" * 300

    async def __aenter__(self) -> "BareHops":
        await self._redis.xgroup_create(self._stream, "bench", id="0", mkstream=True)
        self._pubsub = self._redis.pubsub()
        await self._pubsub.subscribe(self._stream)
        await self._pubsub.get_message(timeout=5)
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
        await self._redis.delete(self._stream)
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def _work(self) -> None:
        while True:
            for _, entries in await self._redis.xreadgroup(
                "bench", "me", {self._stream: ">"}, count=64, block=1000
            ):
                for entry_id, _ in entries:
                    for _ in range(CALLS_AFTER - 1):
                        await self._redis.set(f"{self._stream}:state", self._payload)
                    await self._redis.publish(self._stream, self._payload)
                    await self._redis.xack(self._stream, "bench", entry_id)

    async def go(self) -> float:
        """Milliseconds of one way through."""
        started = time.perf_counter()
        for _ in range(CALLS_BEFORE - 1):
            await self._redis.set(f"{self._stream}:state", self._payload)
        await self._redis.xadd(self._stream, {"__data__": self._payload})
        while await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=5) is None:
            pass
        return (time.perf_counter() - started) * 1000


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]


async def interleaved(rounds: int, *measures: Callable[[], Awaitable[None]]) -> None:
    for _ in range(rounds):
        for measure in measures:
            await measure()


def table(title: str, found: Mapping[str, list[float]]) -> Table:
    shown = Table(title=title)
    for column in ("", "times", "p50", "p95", "p99"):
        shown.add_column(column, justify="right" if column else "left")
    for name, values in found.items():
        figures = (f"{percentile(values, share):.2f}" for share in (0.5, 0.95, 0.99))
        shown.add_row(name, str(len(values)), *figures)
    return shown


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--url")
    parser.add_argument("--redis-url")
    options = parser.parse_args()
    stack = addresses(options.url, options.redis_url, None)
    found: dict[str, list[float]] = {}

    def keep(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    chat = Chat(stack.url)
    async with BareHops(stack.redis_url) as bare, turns(stack.redis_url) as ways:

        async def greet() -> None:
            for mark, value in (await chat.ask(GREETING)).items():
                keep(f"greeting: {mark}", value)

        async def ask() -> None:
            for mark, value in (await chat.ask(QUESTION)).items():
                keep(f"question with a search: {mark}", value)

        async def hop() -> None:
            keep("bare hops through Redis", await bare.go())

        async def steps() -> None:
            for name, turn in random.sample([*ways.items()] * TURNS_A_ROUND, len(ways) * TURNS_A_ROUND):
                keep(name, await turn())

        await interleaved(options.warm_up, greet, steps, hop, ask, steps, hop)
        found.clear()
        await interleaved(options.rounds, greet, steps, hop, ask, steps, hop)

    console = Console(width=max(Console().width, 100))
    console.print(
        table("milliseconds after sending", {name: found[name] for name in found if name not in ways})
    )
    console.print(table("milliseconds that the steps of a turn take", {name: found[name] for name in ways}))
    ratio = percentile(found["greeting: first text"], 0.5) / percentile(found["bare hops through Redis"], 0.5)
    console.print(f"first text of a greeting / bare hops, p50: {ratio:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
