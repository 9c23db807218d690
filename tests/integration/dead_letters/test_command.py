"""`supportbot dead-letters` on a real Redis."""

import json

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.errors import CommandError
from services.shared.events import DeadLettered, MessageReceived, dump_event
from tests.builders import an_event

STREAM, GROUP = "chat.messages.{0}", "persistence"


@pytest.fixture
def redis(redis_url: str, redis_client: AsyncRedis, monkeypatch: pytest.MonkeyPatch) -> Redis:  # noqa: ARG001
    """The server that the commands look at, empty but for the group whose letters they are."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    redis = Redis.from_url(redis_url)
    redis.xgroup_create(STREAM, GROUP, mkstream=True)
    return redis


def a_letter(redis: Redis, reason: str = "not an event", text: str = "hello") -> tuple[str, DeadLettered]:
    """A dead letter of the group, with the entry that died; its entry id and itself."""
    payload = dump_event(an_event(MessageReceived, text=text))
    entry_id: bytes = redis.xadd(STREAM, {"__data__": payload})
    letter = DeadLettered(
        conversation_id="conv-1",
        stream=STREAM,
        group=GROUP,
        entry_id=entry_id.decode(),
        deliveries=5,
        reason=reason,
        entry=payload,
    )
    redis.xreadgroup(GROUP, "worker", {STREAM: ">"})
    redis.xack(STREAM, GROUP, entry_id)
    letter_id: bytes = redis.xadd("dead.letters.{0}", {"__data__": dump_event(letter)})
    return letter_id.decode(), letter


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["dead-letters", *arguments], catch_exceptions=False)


def test_the_list_says_where_each_letter_comes_from_and_why_the_newest_first(redis: Redis) -> None:
    older, _ = a_letter(redis, "too odd")
    newer, _ = a_letter(redis, "not an [event]")

    lines = run("list").stdout.splitlines()[1:]

    assert [line.split()[0] for line in lines] == [newer, older]
    assert all(part in lines[0] for part in (STREAM, GROUP, "5", "open", "not an [event]"))


def test_the_list_is_the_events_as_they_stand_when_asked_for_json(redis: Redis) -> None:
    _, letter = a_letter(redis)

    assert [json.loads(line) for line in run("list", "--json").stdout.splitlines()] == [
        json.loads(dump_event(letter))
    ]


@pytest.mark.usefixtures("redis")
def test_an_empty_list_is_good_news() -> None:
    assert run("list").stdout == "There are no open dead letters.\n"


def test_a_letter_is_shown_whole_by_either_id(redis: Redis) -> None:
    letter_id, letter = a_letter(redis, text="Où est 📦 ?")

    shown = run("show", letter_id).stdout

    assert '"text": "Où est 📦 ?"' in shown
    assert run("show", str(letter.event_id)).stdout == shown


def test_what_stands_in_a_letter_does_not_steer_the_terminal(redis: Redis) -> None:
    letter_id, _ = a_letter(redis, reason="\x1b[2Jgone")

    assert "\x1b" not in run("list").stdout + run("show", letter_id).stdout


def test_a_replayed_letter_goes_to_its_group_and_off_the_list(redis: Redis) -> None:
    letter_id, letter = a_letter(redis)

    assert run("replay", letter_id).exit_code == 0

    [waiting] = redis.xpending_range(STREAM, GROUP, "-", "+", 10, idle=5000)
    assert waiting["message_id"].decode() == letter.entry_id
    assert "no open" in run("list").stdout
    assert "replayed" in run("list", "--all").stdout


def test_a_letter_is_refused_with_the_reason_when_it_is_settled(redis: Redis) -> None:
    letter_id, _ = a_letter(redis)
    assert run("drop", letter_id).exit_code == 0

    with pytest.raises(CommandError, match="replayed or dropped before"):
        run("replay", letter_id)
    with pytest.raises(CommandError, match="replayed or dropped before"):
        run("drop", letter_id)
    assert redis.xpending(STREAM, GROUP)["pending"] == 0


@pytest.mark.usefixtures("redis")
def test_an_id_of_no_letter_is_told() -> None:
    with pytest.raises(CommandError, match="there is no dead letter 1-1"):
        run("replay", "1-1")


def test_a_redis_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")

    with pytest.raises(CommandError, match="Redis does not answer"):
        run("list")
