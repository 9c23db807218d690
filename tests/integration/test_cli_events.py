"""`supportbot events` on a real Redis."""

import json
import threading

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.event_log import EventLog, LogEntry
from services.shared.delivery import PAYLOAD_FIELD
from services.shared.events import (
    ClientConnected,
    Envelope,
    MessageReceived,
    ReplyCompleted,
    dump_event,
)
from services.shared.streams import stream_keys, stream_of

KEYS = [key for _, key in stream_keys(1)]


@pytest.fixture
def redis(redis_url: str, redis_client: AsyncRedis) -> Redis:  # noqa: ARG001 (empties the database)
    return Redis.from_url(redis_url)


def write(redis: Redis, event: Envelope) -> str:
    entry_id: bytes = redis.xadd(stream_of(event).key(0), {PAYLOAD_FIELD: dump_event(event)})
    return entry_id.decode()


def message(text: str) -> MessageReceived:
    return MessageReceived(conversation_id="conv-1", message_id="m", client_id="c", text=text)


def supportbot(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_events_of_all_streams_stand_in_the_order_in_which_they_were_written(
    redis: Redis, redis_url: str
) -> None:
    events: list[Envelope] = [
        ClientConnected(conversation_id="conv-1", session_id="s", connection_id="1"),
        message("Grüße 📦"),
        ReplyCompleted(
            conversation_id="conv-1",
            message_id="r",
            in_reply_to=["m"],
            text="Hello",
            intent="greeting",
            model="offline",
            duration_ms=5,
        ),
        message("thanks"),
    ]
    for event in events:
        write(redis, event)
    told = supportbot("events", "tail", "--redis-url", redis_url).stdout.splitlines()
    assert [line.split()[1] for line in told] == [type(event).__name__ for event in events]
    assert "text=Grüße 📦" in told[1]


def test_only_the_newest_of_a_type_are_told_when_asked_for(redis: Redis, redis_url: str) -> None:
    for number in range(5):
        write(redis, message(f"number {number}"))
        write(redis, ClientConnected(conversation_id="conv-1", session_id="s", connection_id=str(number)))
    done = supportbot(
        "events", "tail", "--json", "--type", "MessageReceived", "--last", "2", "--redis-url", redis_url
    )
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["number 3", "number 4"]


def test_the_whole_log_is_read_when_it_is_longer_than_a_page(redis: Redis) -> None:
    ids = [write(redis, message(str(number))) for number in range(1203)]
    log = EventLog(redis, KEYS)
    assert [entry.entry_id for entry in log.backwards(log.ends())] == ids[::-1]


def test_new_events_are_told_once_each_when_they_are_followed(redis: Redis, redis_url: str) -> None:
    write(redis, message("before"))
    log = EventLog(redis, KEYS)
    following = log.follow(log.ends())
    told: list[LogEntry] = []
    reader = threading.Thread(target=lambda: told.extend(next(following) for _ in range(2)))
    reader.start()
    with Redis.from_url(redis_url) as other:
        expected = [write(other, message("after")), write(other, message("later"))]
    reader.join(timeout=10)
    assert [entry.entry_id for entry in told] == expected


def test_what_is_no_event_is_shown_as_it_stands(redis: Redis, redis_url: str) -> None:
    redis.xadd("chat.messages.{0}", {PAYLOAD_FIELD: b"not json \xff"})
    redis.xadd("chat.messages.{0}", {"foreign": "1"})
    done = supportbot("events", "tail", "--redis-url", redis_url)
    assert done.exit_code == 0
    assert "entry=not json" in done.stdout
