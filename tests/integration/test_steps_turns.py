"""The guarded steps of a turn, one by one, on a real server."""

import asyncio

import pytest
from redis.asyncio import Redis

from services.shared.events import (
    IntentRouted,
    ReplyCompleted,
    ToolRequested,
)
from services.shared.grants import Commit
from services.shared.streams import CHAT_REPLIES, TOOL_REQUESTS, TOOL_RESULTS
from tests.builders import an_event
from tests.desk import CONVERSATION, LEASE_MS, MESSAGES, Desk, texts


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    return await Desk(redis_client).set_up()


# begin


async def test_a_grant_brings_state_customer_messages_and_transcript(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    step = Commit(state='{"slots":{}}', transcript=['{"id":"t1"}', '{"id":"t2"}'])
    await desk.steps.commit(grant, step)
    await desk.say("two")

    grant = await desk.granted(await desk.delivered())

    assert (grant.state, grant.customer_id, texts(grant)) == ('{"slots":{}}', "cust-7", ["two"])
    assert grant.transcript == ('{"id":"t1"}', '{"id":"t2"}')
    assert grant.attempt == 2


async def test_a_wake_up_without_a_waiting_message_is_acknowledged(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    await desk.steps.commit(await desk.granted(entry), Commit(state=""))
    await desk.redis.xadd(MESSAGES, {"__data__": "{}"})

    assert await desk.begin(await desk.delivered()) is None
    assert await desk.pending() == 0


async def test_a_message_during_a_turn_is_acknowledged_and_left_to_the_turn(desk: Desk) -> None:
    await desk.say("one")
    await desk.granted(await desk.delivered())
    await desk.say("two")

    assert await desk.begin(await desk.delivered()) is None
    assert await desk.pending() == 1


async def test_the_entry_that_holds_a_turn_stays_pending_when_it_is_delivered_again(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    await desk.granted(entry)

    assert await desk.begin(entry) is None
    assert await desk.pending() == 1


async def test_a_grant_is_given_again_when_its_answer_was_lost_on_the_way(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    lost = await desk.begin(entry, token="mine")
    await desk.say("two")

    again = await desk.begin(entry, token="mine")

    assert lost is not None
    assert again is not None
    assert (again.turn_id, texts(again)) == (lost.turn_id, ["one"])
    assert await desk.steps.commit(again, Commit(state="")) == "more"


async def test_another_worker_takes_the_turn_over_when_the_lease_has_run_out(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    dead = await desk.granted(entry, lease_ms=0)
    await desk.say("two")

    taken_over = await desk.granted(entry)

    assert (taken_over.turn_id, taken_over.attempt) == (dead.turn_id, dead.attempt + 1)
    assert texts(taken_over) == ["one", "two"]


async def test_an_entry_that_was_absorbed_is_granted_nothing_when_its_worker_did_not_hear_of_it(
    desk: Desk,
) -> None:
    """It keeps no turn alive any more: should its worker die, nobody would take the turn over."""
    await desk.say("one")
    working = await desk.granted(await desk.delivered())
    await desk.say("two")
    absorbed = await desk.delivered()
    assert await desk.begin(absorbed) is None
    await desk.steps.renew(working, lease_ms=0)

    assert await desk.begin(absorbed) is None
    assert texts(await desk.granted(working.entry)) == ["one", "two"]


async def test_a_newer_message_takes_the_turn_over_and_the_old_entry_is_absorbed_after_it(desk: Desk) -> None:
    await desk.say("one")
    old = await desk.delivered()
    await desk.granted(old, lease_ms=0)
    await desk.say("two")
    grant = await desk.granted(await desk.delivered())

    assert await desk.steps.commit(grant, Commit(state="")) == "done"
    assert await desk.begin(old) is None
    assert await desk.pending() == 0


async def test_one_worker_of_many_is_granted_the_turn_when_all_begin_at_once(desk: Desk) -> None:
    for number in range(10):
        await desk.say(f"m{number}")
    entries = [await desk.delivered() for _ in range(10)]

    grants = await asyncio.gather(*(desk.begin(entry) for entry in entries))

    assert [texts(grant) for grant in grants if grant] == [[f"m{number}" for number in range(10)]]
    assert await desk.pending() == 1


# the fence


async def test_a_superseded_worker_writes_nothing(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    late = await desk.granted(entry, lease_ms=0)
    winner = await desk.granted(entry)
    step = Commit(state="late", events=[an_event(IntentRouted)], frames=["late"], transcript=["late"])

    assert await desk.steps.write_frames(late, ["late"], written=0, lease_ms=LEASE_MS) == "fenced"
    assert await desk.steps.renew(late, lease_ms=LEASE_MS) == "fenced"
    assert await desk.steps.commit(late, step) == "fenced"
    assert await desk.events(CHAT_REPLIES.key(0)) == []
    assert await desk.steps.commit(winner, Commit(state="won", frames=["won"])) == "done"
    assert await desk.logged() == ['{"accepted":"one"}', "won"]


async def test_a_commit_is_made_once_when_it_is_sent_twice(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    step = Commit(state="", events=[an_event(IntentRouted)], frames=["end"])

    assert await desk.steps.commit(grant, step) == "done"
    assert await desk.steps.commit(grant, step) == "fenced"
    assert len(await desk.events(CHAT_REPLIES.key(0))) == 1


async def test_renewing_keeps_others_out(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    grant = await desk.granted(entry, lease_ms=0)

    assert await desk.steps.renew(grant, lease_ms=LEASE_MS) == "ok"
    assert await desk.begin(entry) is None


# commit


async def test_state_events_frames_transcript_and_acknowledgement_move_together(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    events = [an_event(IntentRouted), an_event(ToolRequested), an_event(ReplyCompleted)]

    outcome = await desk.steps.commit(
        grant, Commit(state="s", events=events, frames=["f1", "f2"], transcript=["t"])
    )

    assert outcome == "done"
    replies = [event["type"] for event in await desk.events(CHAT_REPLIES.key(0))]
    assert replies == ["IntentRouted", "ReplyCompleted"]
    assert [event["type"] for event in await desk.events(TOOL_REQUESTS.key(0))] == ["ToolRequested"]
    assert await desk.logged() == ['{"accepted":"one"}', "f1", "f2"]
    assert await desk.pending() == 0


async def test_the_entry_stays_pending_and_the_rest_is_the_next_turn_when_messages_came_meanwhile(
    desk: Desk,
) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    grant = await desk.granted(entry)
    await desk.say("two")
    await desk.say("three")

    assert await desk.steps.commit(grant, Commit(state="")) == "more"
    assert await desk.pending() == 1
    following = await desk.granted(entry)
    assert texts(following) == ["two", "three"]
    assert following.turn_id != grant.turn_id


async def test_a_turn_that_waits_for_a_tool_goes_on_with_its_result_alone(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())

    outcome = await desk.steps.commit(grant, Commit(state="half", waiting_for="call-1"))
    await desk.say("two")

    assert outcome == "waiting"
    assert await desk.begin(await desk.delivered()) is None
    result = await desk.tool_result("call-1")
    again = await desk.granted(result, tool_call_id="call-1")
    assert (again.turn_id, again.state, texts(again)) == (grant.turn_id, "half", ["one"])
    assert await desk.pending() == 0


async def test_the_result_of_another_call_does_not_move_the_turn(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state="", waiting_for="call-1"))

    other = await desk.tool_result("call-0")

    assert await desk.begin(other, tool_call_id="call-0") is None
    assert await desk.pending(TOOL_RESULTS.key(0)) == 0


async def test_a_result_is_worked_on_again_when_its_worker_died(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state="", waiting_for="call-1"))
    result = await desk.tool_result("call-1")
    await desk.granted(result, tool_call_id="call-1", lease_ms=0)

    again = await desk.granted(result, tool_call_id="call-1")

    assert await desk.steps.commit(again, Commit(state="", reply_id="r1")) == "done"
    assert await desk.pending(TOOL_RESULTS.key(0)) == 0


# frames


async def test_frame_ids_follow_each_other_without_a_gap_over_attempts_and_writers(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    dead = await desk.granted(entry, lease_ms=0)
    await desk.steps.write_frames(dead, ["a1", "a2"], written=0, lease_ms=0)
    await desk.say("two")
    grant = await desk.granted(entry)
    await desk.steps.write_frames(grant, ["b1"], written=0, lease_ms=LEASE_MS)
    await desk.steps.commit(grant, Commit(state="", frames=["b2"]))

    frames = await desk.frames.since(CONVERSATION, "0-0")
    assert frames is not None
    assert [frame.cursor for frame in frames] == ["0-1", "1-1", "1-2", "1-3", "2-1", "2-2"]
    previous = ["0-0", *(frame.cursor for frame in frames)]
    assert [frame.previous for frame in frames] == previous[:-1]


async def test_frames_written_twice_are_written_once(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())

    for _ in range(2):
        answer = await desk.steps.write_frames(grant, ["a", "b"], written=0, lease_ms=LEASE_MS)
        assert answer == "ok"
    await desk.steps.write_frames(grant, ["c"], written=2, lease_ms=LEASE_MS)

    assert await desk.logged() == ['{"accepted":"one"}', "a", "b", "c"]


async def test_frames_are_pushed_with_their_cursor_and_the_one_before(desk: Desk) -> None:
    pubsub = desk.redis.pubsub()
    await pubsub.subscribe(desk.frames.channel(CONVERSATION))
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.write_frames(grant, ["a b c"], written=0, lease_ms=LEASE_MS)

    pushed: list[bytes] = []
    while len(pushed) < 2:
        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=5)
        if message:
            pushed.append(message["data"])
    await pubsub.aclose()

    assert pushed == [b'0-1 0-0 {"accepted":"one"}', b"1-1 0-1 a b c"]
