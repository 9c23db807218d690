"""What the customers saw against the streams, and the streams against Postgres."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
import orjson

from bench.customer import Customer
from services.shared.connection import connect
from services.shared.settings import RedisSettings
from services.shared.streams import stream_keys

Event: TypeAlias = dict[str, Any]

DRAIN_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`out_of_order` counts conversations, `garbled` texts that differ from the record, all else single things."""

    lost: int
    doubled: int
    out_of_order: int
    garbled: int
    apologies: int
    events: int
    rows: int
    missing_rows: int

    @property
    def good(self) -> bool:
        return not any((self.lost, self.doubled, self.out_of_order, self.garbled, self.missing_rows))


async def compare(
    customers: Sequence[Customer],
    redis_url: str,
    database_url: str,
    *,
    partitions: int = 1,
    cluster: bool = False,
    within: float = DRAIN_SECONDS,
) -> Verdict:
    """The verdict over these customers' conversations, once Postgres has every event or `within` has passed."""
    ours = {customer.session["conversation_id"] for customer in customers if customer.session}
    deadline = time.monotonic() + within
    wanted, rows = {""}, set[str]()
    while wanted != rows and time.monotonic() < deadline:  # a disconnect is an event, too, and comes late
        events = [
            event
            for event in await read_streams(redis_url, partitions, cluster=cluster)
            if event["conversation_id"] in ours
        ]
        wanted = {event["event_id"] for event in events}
        rows = await stored_events(database_url, ours, wanted, within=deadline - time.monotonic())
    return Verdict(
        lost=sum(len(set(customer.expected) - set(customer.screen.answered)) for customer in customers),
        doubled=_doubled_on_screens(customers) + _doubled_in_streams(events),
        out_of_order=sum(customer.expected != customer.screen.answered for customer in customers)
        + len(_swapped(events)),
        garbled=_garbled(customers, events),
        apologies=sum(len(customer.screen.apologies) for customer in customers),
        events=len(wanted),
        rows=len(rows),
        missing_rows=len(wanted ^ rows),
    )


def _doubled_on_screens(customers: Iterable[Customer]) -> int:
    return sum(
        len(customer.screen.answered) - len(set(customer.screen.answered)) + customer.screen.doubled
        for customer in customers
    )


def _doubled_in_streams(events: Sequence[Event]) -> int:
    """Messages taken in, replies and tool results that stand there more often than once."""
    seen = Counter(
        key
        for event in events
        for key in (
            *(("answer", each) for each in event.get("in_reply_to", ())),
            *(
                (event["type"], event[name])
                for type_, name in (
                    ("MessageReceived", "message_id"),
                    ("ToolRequested", "tool_call_id"),
                    ("ToolCompleted", "tool_call_id"),
                )
                if event["type"] == type_
            ),
        )
    )
    clients = Counter(
        (event["conversation_id"], event["client_id"])
        for event in events
        if event["type"] == "MessageReceived"
    )
    return sum(count - 1 for count in (*seen.values(), *clients.values()))


def _swapped(events: Sequence[Event]) -> set[str]:
    """Conversations whose answers stand in another order than their messages."""
    asked, answered = defaultdict(list), defaultdict(list)
    for event in events:
        if event["type"] == "MessageReceived":
            asked[event["conversation_id"]].append(event["message_id"])
        answered[event["conversation_id"]] += event.get("in_reply_to", ())
    return {
        conversation
        for conversation, messages in asked.items()
        if answered[conversation] != messages[: len(answered[conversation])]
    }


def _garbled(customers: Iterable[Customer], events: Sequence[Event]) -> int:
    record = {
        event["message_id"]: event["text"]
        for event in events
        if event["type"] in {"ReplyCompleted", "ReplyFailed"}
    }
    return sum(
        text != record.get(message_id)
        for customer in customers
        for message_id, text in customer.screen.texts.items()
    )


async def read_streams(redis_url: str, partitions: int = 1, *, cluster: bool = False) -> list[Event]:
    """Every event that stands on a stream, in the order of each stream."""
    settings = RedisSettings(_env_file=None, redis_url=redis_url, redis_cluster=cluster)
    redis = connect(settings, service="bench")
    found: list[Event] = []
    for _, key in stream_keys(partitions):
        for _, fields in await redis.xrange(key):
            try:
                found.append(orjson.loads(fields[b"__data__"]))
            except (KeyError, orjson.JSONDecodeError):
                continue  # what is no event of ours has become a dead letter
    await redis.aclose()
    return [event for event in found if "event_id" in event]


async def stored_events(
    database_url: str, conversations: Iterable[str], wanted: set[str], *, within: float = DRAIN_SECONDS
) -> set[str]:
    """The event ids in Postgres of these conversations, once all that are wanted are there or time is up."""
    connection = await asyncpg.connect(database_url)
    deadline = time.monotonic() + within
    while True:
        found = await connection.fetch(
            "SELECT event_id::text FROM events WHERE conversation_id = ANY($1)", list(conversations)
        )
        rows = {record["event_id"] for record in found}
        if wanted <= rows or time.monotonic() > deadline:
            await connection.close()
            return rows
        await asyncio.sleep(0.2)
