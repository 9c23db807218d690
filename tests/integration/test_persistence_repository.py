"""Recording events in a real Postgres."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.persistence_worker.database import create_engine
from services.persistence_worker.repository import EventRepository
from services.shared.delivery import Delivery
from services.shared.errors import PermanentError, TransientError
from services.shared.events import (
    ConversationStarted,
    DeadLettered,
    Envelope,
    FeedbackGiven,
    HandoffRequested,
    IntentRouted,
    MessageReceived,
    ReplyCompleted,
    ReplyFailed,
    ToolCompleted,
    ToolRequested,
    dump_event,
)
from services.shared.settings import PostgresSettings
from tests.builders import a_delivery, an_event

TABLES = ("conversations", "messages", "feedback", "tool_calls")
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
async def repository(postgres_settings: PostgresSettings) -> AsyncIterator[EventRepository]:
    engine = create_engine(postgres_settings, pool_size=4)
    yield EventRepository(engine)
    await engine.dispose()


async def rows(database: asyncpg.Connection, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.fetch(f"SELECT * FROM {table} ORDER BY 1")]


async def count(database: asyncpg.Connection, table: str) -> int:
    return int(await database.fetchval(f"SELECT count(*) FROM {table}"))


def deliveries(events: Sequence[Envelope]) -> list[Delivery]:
    return [a_delivery(event, entry_id=f"{number}-0") for number, event in enumerate(events, start=1)]


def conversation(conversation_id: str) -> list[Envelope]:
    """Two turns with a tool call, a vote that changes and a handoff, in the order of their happening."""
    names = {name: f"{conversation_id}-{name}" for name in ("m1", "m2", "r1", "r2", "call")}
    common = {"conversation_id": conversation_id}
    events: list[Envelope] = [
        an_event(ConversationStarted, **common),
        an_event(MessageReceived, **common, message_id=names["m1"], text="Where is my order 1043?"),
        an_event(IntentRouted, **common, intent="order_status"),
        an_event(ToolRequested, **common, tool_call_id=names["call"]),
        an_event(
            ToolCompleted, **common, tool_call_id=names["call"], status="ok", result={"n": 1}, error=None
        ),
        an_event(ReplyCompleted, **common, message_id=names["r1"], in_reply_to=[names["m1"]]),
        an_event(FeedbackGiven, **common, message_id=names["r1"], rating="down"),
        an_event(FeedbackGiven, **common, message_id=names["r1"], rating="up", reason=None),
        an_event(MessageReceived, **common, message_id=names["m2"], text="A person, please"),
        an_event(IntentRouted, **common, intent="talk_to_person"),
        an_event(HandoffRequested, **common, reason="customer_asked"),
        an_event(HandoffRequested, **common, reason="limit"),
        an_event(ReplyFailed, **common, message_id=names["r2"], in_reply_to=[names["m2"]]),
    ]
    return [
        event.model_copy(update={"occurred_at": START + timedelta(seconds=number)})
        for number, event in enumerate(events)
    ]


async def test_an_event_is_stored_with_all_it_carries(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    event = an_event(MessageReceived)
    await repository.record([a_delivery(event, entry_id="5-1")])
    (row,) = await rows(database, "events")
    payload = row.pop("payload")
    assert (await database.fetchval("SELECT $1::jsonb = $2::jsonb", payload, dump_event(event))) is True
    assert row.pop("recorded_at") is not None
    assert row == {
        "event_id": event.event_id,
        "type": "MessageReceived",
        "version": 1,
        "conversation_id": event.conversation_id,
        "turn_id": event.turn_id,
        "occurred_at": event.occurred_at,
        "causation_id": None,
        "trace": event.trace,
        "customer_id": "C-1001",
        "stream": "chat.messages.{0}",
        "entry_id": "5-1",
    }


async def test_nothing_is_stored_twice_when_a_batch_comes_again(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    batch = deliveries(conversation("c1"))
    assert await repository.record(batch) == len(batch)
    before = {table: await rows(database, table) for table in TABLES}
    assert await repository.record([*batch, *batch]) == 0
    assert {table: await rows(database, table) for table in TABLES} == before
    assert await count(database, "events") == len(batch)


async def test_nothing_is_stored_twice_when_two_workers_record_the_same_events_at_once(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    events = [event for number in range(20) for event in conversation(f"c{number}")]
    batches = [random.Random(seed).sample(deliveries(events), len(events)) for seed in range(4)]
    new = await asyncio.gather(*(repository.record(batch) for batch in batches))
    assert sum(new) == len(events) == await count(database, "events")
    assert await database.fetchval("SELECT sum(events) FROM conversations") == len(events)


@pytest.mark.parametrize("seed", range(5))
async def test_projections_are_the_same_in_whatever_order_events_arrive(
    repository: EventRepository, database: asyncpg.Connection, seed: int
) -> None:
    in_order, shuffled = conversation("c1"), conversation("c1")
    await repository.record(deliveries(in_order))
    expected = {table: await rows(database, table) for table in TABLES}
    await database.execute(f"TRUNCATE events, {', '.join(TABLES)}")
    random.Random(seed).shuffle(shuffled)
    cut = seed * 2 + 1
    for part in (shuffled[:cut], shuffled[cut:]):
        await repository.record(deliveries(part))
    assert {table: await rows(database, table) for table in TABLES} == expected


async def test_projections_tell_the_conversation(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    await repository.record(deliveries(conversation("c1")))
    (row,) = await rows(database, "conversations")
    assert row["channel"] == "web"
    assert (row["events"], row["messages"], row["replies"], row["failures"]) == (13, 2, 1, 1)
    assert (row["started_at"], row["last_event_at"]) == (START, START + timedelta(seconds=12))
    assert (row["last_intent"], row["handoff_reason"]) == ("talk_to_person", "customer_asked")
    messages = {message["message_id"]: message for message in await rows(database, "messages")}
    assert messages["c1-m1"]["role"] == "customer"
    assert messages["c1-r1"]["in_reply_to"] == ["c1-m1"]
    assert messages["c1-r2"]["failure"] == "deadline"
    (vote,) = await rows(database, "feedback")
    assert (vote["message_id"], vote["rating"], vote["reason"]) == ("c1-r1", "up", None)
    (call,) = await rows(database, "tool_calls")
    assert (call["tool"], call["arguments"], call["status"]) == ("get_order", '{"order_id": "1043"}', "ok")


async def test_messages_are_found_by_their_words(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    await repository.record(deliveries(conversation("c1")))
    query = "SELECT message_id FROM messages WHERE search @@ plainto_tsquery('simple', $1)"
    assert [row["message_id"] for row in await database.fetch(query, "order 1043 where")] == ["c1-m1"]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("before\0after", "before\ufffdafter"),
        ("a backslash and a name: \\u0000", "a backslash and a name: \\u0000"),
        ("\ufffe \u202e \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301", None),
        ("' \" \\ {curly} $1 %s :name", None),
    ],
)
async def test_any_text_is_stored_beside_others(
    repository: EventRepository, database: asyncpg.Connection, text: str, stored: str | None
) -> None:
    odd, plain = (
        an_event(MessageReceived, text=text, message_id="odd"),
        an_event(MessageReceived, message_id="x"),
    )
    assert await repository.record(deliveries([odd, plain])) == 2
    assert await database.fetchval("SELECT text FROM messages WHERE message_id = 'odd'") == (stored or text)
    payload = "SELECT payload->>'text' FROM events WHERE event_id = $1"
    assert await database.fetchval(payload, odd.event_id) == (stored or text)


async def test_an_event_is_refused_for_ever_when_postgres_cannot_hold_it(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    too_long = an_event(
        MessageReceived, conversation_id="".join(random.Random(1).choices("abcdefgh", k=20_000))
    )
    with pytest.raises(PermanentError, match="ProgramLimitExceeded"):
        await repository.record(deliveries([an_event(MessageReceived), too_long]))
    assert await count(database, "events") == 0


async def test_a_dead_letter_makes_no_conversation(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    letter = an_event(DeadLettered, conversation_id="unknown")
    await repository.record(deliveries([letter, an_event(MessageReceived, conversation_id="c1")]))
    assert await count(database, "events") == 2
    assert [row["conversation_id"] for row in await rows(database, "conversations")] == ["c1"]


async def test_recording_is_to_be_tried_again_when_connections_are_cut(
    repository: EventRepository, database: asyncpg.Connection
) -> None:
    await repository.record(deliveries(conversation("c1")))
    await database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert await repository.record(deliveries(conversation("c2"))) == 13
    await database.execute("ALTER TABLE events RENAME TO elsewhere")
    with pytest.raises(TransientError, match="UndefinedTable"):
        await repository.record(deliveries(conversation("c3")))
    await database.execute("ALTER TABLE elsewhere RENAME TO events")
    assert await repository.record(deliveries(conversation("c3"))) == 13
