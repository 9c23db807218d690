"""Is every message answered once and in order, and is every event in Postgres?

Sends numbered messages over many sockets at once, waits for the answers, and compares what the clients saw, what
stands in the streams, and what stands in Postgres. Exit 1 when anything is lost, doubled or out of order.

    python -m bench.load --messages 300 --sockets 30
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.stack import addresses
from services.shared.streams import stream_keys

TEXTS = (
    "where is my order 1042",
    "what is your return policy?",
    "hi",
    "how long does shipping take?",
    "thanks",
)


@dataclass
class Customer:
    """One conversation: sends its messages one after the other, comes back when cut off, keeps what it sees."""

    url: str
    number: int
    messages: int
    wait_for_answer: bool = True
    session: dict[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    sent: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    failed: int = 0
    reconnects: int = 0

    async def run(self, until: float) -> None:
        """Speak until every message has its answer or the time is up."""
        while len(self.answered) < self.messages and time.monotonic() < until:
            try:
                async with connect(self.url, open_timeout=5, ping_interval=None) as socket:
                    await self._open(socket)
                    await self._speak(socket, until)
            except (OSError, WebSocketException, TimeoutError):
                self.reconnects += 1
                await asyncio.sleep(0.3)

    async def _open(self, socket: ClientConnection) -> None:
        if not self.session:
            await self._send(socket, type="start", client_id="start")
        else:
            await self._send(
                socket,
                type="resume",
                client_id="resume",
                session_token=self.session["session_token"],
                conversation_id=self.session["conversation_id"],
                epoch=self.session["epoch"],
                cursor=self.cursor or "0-0",
            )
        while True:
            frame = orjson.loads(await asyncio.wait_for(socket.recv(), 10))
            if frame.get("type") == "error":
                raise OSError(frame["code"])
            if frame["event"].get("name") == "session.opened":
                self.session = frame["event"]["value"]
                break
        for client_id in self.sent:
            if client_id not in self.acknowledged:
                await self._say(socket, client_id)

    async def _speak(self, socket: ClientConnection, until: float) -> None:
        while len(self.answered) < self.messages and time.monotonic() < until:
            busy = len(self.answered) < len(self.sent)
            if len(self.sent) < self.messages and not (busy and self.wait_for_answer):
                self.sent.append(f"m{len(self.sent)}")
                await self._say(socket, self.sent[-1])
                if not self.wait_for_answer:
                    continue
            try:
                self._take(orjson.loads(await asyncio.wait_for(socket.recv(), 1)))
            except TimeoutError:
                continue

    async def _say(self, socket: ClientConnection, client_id: str) -> None:
        text = f"{TEXTS[int(client_id[1:]) % len(TEXTS)]}"
        await self._send(socket, type="message", client_id=client_id, text=text)

    async def _send(self, socket: ClientConnection, **frame: Any) -> None:
        await socket.send(orjson.dumps(frame).decode())

    def _take(self, frame: dict[str, Any]) -> None:
        if frame.get("type") == "error":
            if frame["code"] in {"unavailable", "busy"}:
                raise OSError(frame["code"])
            raise SystemExit(f"conversation {self.number}: {frame}")
        self.cursor = frame["cursor"] or self.cursor
        event = frame["event"]
        if event.get("name") == "message.acknowledged":
            self.acknowledged[event["value"]["client_id"]] = event["value"]["message_id"]
        elif event["type"] == "RUN_FINISHED":
            self.answered += event["result"]["in_reply_to"]
        elif event["type"] == "RUN_ERROR":
            self.failed += 1
            self.answered += event["metadata"]["in_reply_to"]
        elif event["type"] == "MESSAGES_SNAPSHOT":
            self.answered = [
                message_id
                for message in event["messages"]
                if message["role"] == "assistant"
                for message_id in message["metadata"]["in_reply_to"]
            ]

    @property
    def expected(self) -> list[str]:
        return [self.acknowledged.get(client_id, f"{client_id} unacknowledged") for client_id in self.sent]


@dataclass(frozen=True)
class Verdict:
    lost: int
    doubled: int
    out_of_order: int
    apologies: int
    events: int
    rows: int
    missing_rows: int
    doubled_replies: int
    doubled_tool_results: int

    @property
    def good(self) -> bool:
        return self.events == self.rows and not any(
            (
                self.lost,
                self.doubled,
                self.out_of_order,
                self.missing_rows,
                self.doubled_replies,
                self.doubled_tool_results,
            )
        )


async def compare(customers: list[Customer], redis_url: str, database_url: str, partitions: int) -> Verdict:
    """What the clients saw against the streams, and the streams against Postgres."""
    ours = {customer.session["conversation_id"] for customer in customers if customer.session}
    events = [
        event for event in await read_streams(redis_url, partitions) if event["conversation_id"] in ours
    ]
    wanted = {event["event_id"] for event in events}
    rows = await eventually_stored(database_url, wanted, ours)
    replies = Counter(message_id for event in events for message_id in event.get("in_reply_to", ()))
    results = Counter(event["tool_call_id"] for event in events if event["type"] == "ToolCompleted")
    lost = sum(len(set(customer.expected) - set(customer.answered)) for customer in customers)
    doubled = sum(len(customer.answered) - len(set(customer.answered)) for customer in customers)
    return Verdict(
        lost=lost,
        doubled=doubled,
        out_of_order=sum(customer.expected != customer.answered for customer in customers),
        apologies=sum(customer.failed for customer in customers),
        events=len(wanted),
        rows=len(rows),
        missing_rows=len(wanted - rows),
        doubled_replies=sum(count - 1 for count in replies.values()),
        doubled_tool_results=sum(count - 1 for count in results.values()),
    )


async def read_streams(redis_url: str, partitions: int) -> list[dict[str, Any]]:
    redis = Redis.from_url(redis_url)
    found = []
    for _, key in stream_keys(partitions):
        found += [orjson.loads(fields[b"__data__"]) for _, fields in await redis.xrange(key)]
    await redis.aclose()
    return found


async def eventually_stored(database_url: str, wanted: set[str], conversations: set[str]) -> set[str]:
    """The event ids in Postgres, once all that are wanted are there or 30 seconds have passed."""
    connection = await asyncpg.connect(database_url)
    deadline = time.monotonic() + 30
    while True:
        found = await connection.fetch(
            "SELECT event_id::text FROM events WHERE conversation_id = ANY($1)", list(conversations)
        )
        rows = {record["event_id"] for record in found}
        if wanted <= rows or time.monotonic() > deadline:
            await connection.close()
            return rows
        await asyncio.sleep(0.2)


async def send_all(url: str, *, messages: int, sockets: int, burst: bool, limit: float) -> list[Customer]:
    """Hold `sockets` conversations at once with `messages` messages among them."""
    socket_url = url.replace("http", "ws", 1) + "/ws"
    shares = [messages // sockets + (number < messages % sockets) for number in range(sockets)]
    customers = [
        Customer(url=socket_url, number=number, messages=share, wait_for_answer=not burst)
        for number, share in enumerate(shares)
    ]
    until = time.monotonic() + limit
    await asyncio.gather(*(customer.run(until) for customer in customers))
    return customers


def show(verdict: Verdict, *, messages: int, sockets: int, seconds: float, reconnects: int) -> None:
    table = Table(title=f"{messages} messages over {sockets} sockets in {seconds:.1f} s")
    for column in (
        "lost",
        "doubled",
        "out of order",
        "apologies",
        "reconnects",
        "events",
        "rows in Postgres",
    ):
        table.add_column(column, justify="right")
    table.add_row(
        *map(
            str,
            (
                verdict.lost,
                verdict.doubled + verdict.doubled_replies + verdict.doubled_tool_results,
                verdict.out_of_order,
                verdict.apologies,
                reconnects,
                verdict.events,
                verdict.rows,
            ),
        )
    )
    Console().print(table)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--sockets", type=int, default=30)
    parser.add_argument("--burst", action="store_true", help="send without waiting for the answers")
    parser.add_argument("--limit", type=float, default=180, help="seconds to wait for the last answer")
    parser.add_argument("--partitions", type=int, default=1)
    parser.add_argument("--url")
    parser.add_argument("--redis-url")
    parser.add_argument("--database-url")
    options = parser.parse_args()
    stack = addresses(options.url, options.redis_url, options.database_url)
    started = time.monotonic()
    customers = await send_all(
        stack.url,
        messages=options.messages,
        sockets=options.sockets,
        burst=options.burst,
        limit=options.limit,
    )
    seconds = time.monotonic() - started
    verdict = await compare(customers, stack.redis_url, stack.database_url, options.partitions)
    show(
        verdict,
        messages=options.messages,
        sockets=options.sockets,
        seconds=seconds,
        reconnects=sum(customer.reconnects for customer in customers),
    )
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
