"""The guarded steps that the gateway takes, one by one, on a real server."""

import asyncio

import orjson
import pytest
from redis.asyncio import Redis

from services.shared.events import (
    FeedbackGiven,
    StopRequested,
)
from services.shared.grants import Commit
from tests.builders import an_event
from tests.desk import CONVERSATION, LEASE_MS, MESSAGES, SESSION, Desk, texts
from tests.eventually import eventually


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    return await Desk(redis_client).set_up()


# open


async def test_a_conversation_is_opened_once_and_keeps_its_first_owner_when_opened_again(desk: Desk) -> None:
    await desk.open(session_id="somebody else")

    position = await desk.frames.position(CONVERSATION)
    assert position is not None
    assert (position.session_id, position.customer_id) == (SESSION, "cust-7")
    assert [event["session_id"] for event in await desk.events("chat.sessions.{0}")] == [SESSION]


# intake


async def test_event_inbox_and_frame_are_there_together_when_a_message_is_accepted(desk: Desk) -> None:
    outcome, message_id = await desk.say("hello ✓")

    [event] = await desk.events(MESSAGES)
    assert (outcome, event["message_id"], event["text"]) == ("accepted", message_id, "hello ✓")
    assert await desk.logged() == ['{"accepted":"hello ✓"}']
    assert texts(await desk.granted(await desk.delivered())) == ["hello ✓"]


async def test_a_message_sent_ten_times_at_once_is_one_message_with_one_id(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.say("again", client_id="m1") for _ in range(10)))

    assert len(set(answers)) == 1
    assert answers[0][0] == "accepted"
    assert len(await desk.events(MESSAGES)) == len(await desk.logged()) == 1


async def test_the_same_client_id_with_another_text_is_a_conflict(desk: Desk) -> None:
    await desk.say("first", client_id="m1")

    assert (await desk.say("second", client_id="m1"))[0] == "conflict"
    assert [event["text"] for event in await desk.events(MESSAGES)] == ["first"]


@pytest.mark.parametrize(("conversation_id", "session_id"), [(CONVERSATION, "thief"), ("unknown", SESSION)])
async def test_a_message_is_not_found_when_the_conversation_is_not_of_the_session(
    desk: Desk, conversation_id: str, session_id: str
) -> None:
    answer = await desk.say("mine now", conversation_id=conversation_id, session_id=session_id)

    assert answer == ("not_found", "")
    assert await desk.redis.xlen(MESSAGES) == 0
    assert not await desk.redis.exists(f"inbox:{{0}}:{conversation_id}")


async def test_a_conversation_is_busy_when_its_inbox_is_full_and_known_messages_are_still_acknowledged(
    desk: Desk,
) -> None:
    before = await desk.say("one", inbox_limit=2)
    await desk.say("two", inbox_limit=2)

    assert (await desk.say("three", inbox_limit=2))[0] == "busy"
    assert await desk.say("one", inbox_limit=2) == before


async def test_the_service_is_overloaded_when_too_many_conversations_wait(desk: Desk) -> None:
    await desk.open("c2")
    await desk.say("one", conversation_id="c2", backlog_limit=1)

    assert (await desk.say("two", backlog_limit=1))[0] == "overloaded"
    assert not await desk.logged()


# stop


async def test_the_running_worker_learns_that_it_is_to_stop(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    event = an_event(StopRequested, conversation_id=CONVERSATION, turn_id=grant.turn_id)

    assert await desk.steps.request_stop(event, session_id=SESSION)
    assert await desk.steps.request_stop(event, session_id=SESSION)

    assert await desk.steps.renew(grant, lease_ms=LEASE_MS) == "stop"
    assert [event["type"] for event in await desk.events(MESSAGES)] == ["MessageReceived", "StopRequested"]
    await desk.steps.commit(grant, Commit(state=""))
    await desk.say("two")
    assert await desk.steps.renew(await desk.granted(await desk.delivered()), lease_ms=LEASE_MS) == "ok"


async def test_a_turn_that_waits_for_a_tool_is_taken_up_to_be_stopped(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state="half", waiting_for="call-1"))
    event = an_event(StopRequested, conversation_id=CONVERSATION, turn_id=grant.turn_id)
    await desk.steps.request_stop(event, session_id=SESSION)

    stopped = await desk.granted(await desk.delivered())

    assert (stopped.turn_id, stopped.state) == (grant.turn_id, "half")
    assert await desk.steps.commit(stopped, Commit(state="")) == "done"
    assert await desk.begin(await desk.tool_result("call-1"), tool_call_id="call-1") is None


async def test_nothing_stops_when_another_session_asks_or_the_turn_is_over(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    event = an_event(StopRequested, conversation_id=CONVERSATION, turn_id=grant.turn_id)

    assert not await desk.steps.request_stop(event, session_id="thief")
    assert await desk.steps.renew(grant, lease_ms=LEASE_MS) == "ok"
    await desk.steps.commit(grant, Commit(state=""))
    assert not await desk.steps.request_stop(event, session_id=SESSION)


# votes


async def vote(desk: Desk, rating: str, client_id: str, **fields: str) -> bool:
    event = an_event(
        FeedbackGiven,
        conversation_id=CONVERSATION,
        rating=rating,
        message_id=fields.get("message_id", "r1"),
    )
    session_id = fields.get("session_id", SESSION)
    return await desk.steps.record_vote(event, session_id=session_id, client_id=client_id, frame=rating)


@pytest.fixture
async def answered(desk: Desk) -> Desk:
    """A conversation with the reply r1."""
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(
        grant, Commit(state="", reply_id="r1", transcript=['{"id":"r1","role":"assistant","content":"hi"}'])
    )
    return desk


async def test_a_vote_counts_once_for_each_client_id_and_the_latest_is_shown(answered: Desk) -> None:
    assert await vote(answered, "up", "v1")
    assert await vote(answered, "up", "v1")
    assert await vote(answered, "down", "v2")

    given = [
        event for event in await answered.events("chat.sessions.{0}") if event["type"] == "FeedbackGiven"
    ]
    assert [event["rating"] for event in given] == ["up", "down"]
    snapshot = orjson.loads((await answered.frames.snapshot(CONVERSATION)).event)
    assert snapshot["messages"][0]["metadata"]["feedback"]["rating"] == "down"
    assert (await answered.logged())[-2:] == ["up", "down"]


@pytest.mark.parametrize("fields", [{"session_id": "thief"}, {"message_id": "r2"}])
async def test_a_vote_is_refused_when_the_reply_is_not_of_the_session(
    answered: Desk, fields: dict[str, str]
) -> None:
    assert not await vote(answered, "up", "v1", **fields)


async def test_a_message_and_a_vote_do_not_get_into_each_others_way_by_their_client_ids(
    answered: Desk,
) -> None:
    await answered.say("hello", client_id="vote:x")

    assert await vote(answered, "up", "x")
    assert (await answered.logged())[-1] == "up"


# admission


async def test_uses_are_admitted_up_to_the_limit_in_any_window(desk: Desk) -> None:
    waits = [await desk.steps.admit("rate:x", limit=3, window_ms=60_000) for _ in range(4)]

    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] <= 60_000
    assert await desk.steps.admit("rate:y", limit=3, window_ms=60_000) == 0


async def test_uses_are_admitted_again_when_the_window_has_passed(desk: Desk) -> None:
    async def admitted() -> bool:
        return await desk.steps.admit("rate:x", limit=1, window_ms=500) == 0

    assert await admitted()
    assert not await admitted()
    assert await eventually(admitted)


async def test_at_most_the_limit_is_admitted_when_all_come_at_once(desk: Desk) -> None:
    waits = await asyncio.gather(
        *(desk.steps.admit("rate:x", limit=20, window_ms=60_000) for _ in range(100))
    )

    assert waits.count(0) == 20
