"""The guarded steps of commit.lua, one by one, on a real server."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest
from redis.asyncio import Redis

from services.shared.events import (
    ConversationStarted,
    DeadLettered,
    FeedbackGiven,
    IntentRouted,
    MessageReceived,
    ReplyCompleted,
    StopRequested,
    ToolCompleted,
    ToolRequested,
    new_id,
)
from services.shared.frame_log import FrameLog
from services.shared.steps import Commit, Entry, Grant, Intake, Steps
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES, DEAD_LETTERS, TOOL_REQUESTS, TOOL_RESULTS
from tests.builders import an_event
from tests.eventually import eventually

CONVERSATION = "c1"
SESSION = "s1"
LEASE_MS = 5_000
MESSAGES, GROUP = CHAT_MESSAGES.key(0), "router"


class Desk:
    """One conversation with its steps, spoken to as the gateway and the router would."""

    def __init__(self, redis: Redis, *, time_limit_ms: int = 45_000) -> None:
        self.redis = redis
        self.steps = Steps(redis, time_limit_ms=time_limit_ms)
        self.frames = FrameLog(redis, partitions=1)

    async def open(self, conversation_id: str = CONVERSATION, session_id: str = SESSION) -> None:
        event = an_event(
            ConversationStarted, conversation_id=conversation_id, session_id=session_id, customer_id="cust-7"
        )
        await self.steps.open_conversation(event, epoch=f"epoch of {conversation_id}")

    async def say(
        self,
        text: str,
        *,
        client_id: str | None = None,
        conversation_id: str = CONVERSATION,
        session_id: str = SESSION,
        inbox_limit: int = 20,
        backlog_limit: int = 100,
    ) -> tuple[Intake, str]:
        event_id = new_id()
        event = MessageReceived(
            event_id=event_id,
            conversation_id=conversation_id,
            message_id=str(event_id),
            client_id=client_id or f"c-{text}",
            text=text,
        )
        frame = orjson.dumps({"accepted": text}).decode()
        return await self.steps.accept_message(
            event, session_id=session_id, frame=frame, inbox_limit=inbox_limit, backlog_limit=backlog_limit
        )

    async def delivered(self, stream: str = MESSAGES, group: str = GROUP) -> Entry:
        """The next entry of the stream, as a worker gets it: pending until it is acknowledged."""
        found: Any = await self.redis.xreadgroup(group, "worker", {stream: ">"}, count=1)
        return Entry(stream=stream, group=group, entry_id=found[0][1][0][0].decode())

    async def begin(
        self, entry: Entry, *, token: str | None = None, tool_call_id: str = "", lease_ms: int = LEASE_MS
    ) -> Grant | None:
        return await self.steps.begin(
            CONVERSATION,
            entry,
            token=token or uuid4().hex,
            new_turn_id=str(new_id()),
            lease_ms=lease_ms,
            tool_call_id=tool_call_id,
        )

    async def granted(self, entry: Entry, *, tool_call_id: str = "", lease_ms: int = LEASE_MS) -> Grant:
        grant = await self.begin(entry, tool_call_id=tool_call_id, lease_ms=lease_ms)
        assert grant is not None
        return grant

    async def expire(self, *, token: str | None = None) -> Grant | None:
        entry = Entry(stream=MESSAGES, group=GROUP, entry_id="")
        return await self.steps.expire(
            CONVERSATION, entry, token=token or uuid4().hex, new_turn_id=str(new_id()), lease_ms=LEASE_MS
        )

    async def pending(self, stream: str = MESSAGES, group: str = GROUP) -> int:
        return int((await self.redis.xpending(stream, group))["pending"])

    async def events(self, stream: str) -> list[dict[str, Any]]:
        return [orjson.loads(fields[b"__data__"]) for _, fields in await self.redis.xrange(stream)]

    async def logged(self) -> list[str]:
        frames = await self.frames.since(CONVERSATION, "0-0")
        assert frames is not None
        return [frame.event for frame in frames]


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    desk = Desk(redis_client)
    await desk.steps.load()
    for stream, group in ((MESSAGES, GROUP), (TOOL_REQUESTS.key(0), "tools"), (TOOL_RESULTS.key(0), GROUP)):
        await redis_client.xgroup_create(stream, group, id="0", mkstream=True)
    await desk.open()
    return desk


def texts(grant: Grant) -> list[str]:
    return [message.text for message in grant.inbox]


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
    result = await tool_result(desk, "call-1")
    again = await desk.granted(result, tool_call_id="call-1")
    assert (again.turn_id, again.state, texts(again)) == (grant.turn_id, "half", ["one"])
    assert await desk.pending() == 0


async def test_the_result_of_another_call_does_not_move_the_turn(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state="", waiting_for="call-1"))

    other = await tool_result(desk, "call-0")

    assert await desk.begin(other, tool_call_id="call-0") is None
    assert await desk.pending(TOOL_RESULTS.key(0)) == 0


async def test_a_result_is_worked_on_again_when_its_worker_died(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state="", waiting_for="call-1"))
    result = await tool_result(desk, "call-1")
    await desk.granted(result, tool_call_id="call-1", lease_ms=0)

    again = await desk.granted(result, tool_call_id="call-1")

    assert await desk.steps.commit(again, Commit(state="", reply_id="r1")) == "done"
    assert await desk.pending(TOOL_RESULTS.key(0)) == 0


async def tool_result(desk: Desk, call_id: str) -> Entry:
    await desk.redis.xadd(TOOL_RESULTS.key(0), {"__data__": call_id})
    return await desk.delivered(TOOL_RESULTS.key(0))


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


# deadlines


async def test_an_overdue_turn_is_taken_from_its_worker_by_one_watchdog_of_many(redis_client: Redis) -> None:
    desk = Desk(redis_client, time_limit_ms=1)
    await redis_client.xgroup_create(MESSAGES, GROUP, id="0", mkstream=True)
    await desk.open()
    await desk.say("one")
    slow = await desk.granted(await desk.delivered())
    assert await eventually(lambda: desk.steps.overdue(0)) == [CONVERSATION]

    grants = [grant for grant in await asyncio.gather(*(desk.expire() for _ in range(5))) if grant]

    assert [texts(grant) for grant in grants] == [["one"]]
    assert await desk.steps.commit(slow, Commit(state="")) == "fenced"
    assert await desk.steps.commit(grants[0], Commit(state="")) == "done"
    assert await desk.steps.overdue(0) == []


async def test_a_turn_is_left_alone_when_its_deadline_has_not_come(desk: Desk) -> None:
    await desk.say("one")

    assert await desk.expire() is None
    assert await desk.steps.overdue(0) == []


async def test_a_deadline_is_that_of_the_oldest_message_still_waiting(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.say("two")
    await desk.steps.commit(grant, Commit(state=""))

    following = await desk.granted(Entry(stream=MESSAGES, group=GROUP, entry_id=""))
    deadline = await desk.redis.zscore("deadlines:{0}", CONVERSATION)
    assert deadline == following.inbox[0].at_ms + 45_000


async def test_an_expired_turn_no_longer_waits_for_its_tool(redis_client: Redis) -> None:
    desk = Desk(redis_client, time_limit_ms=1)
    for stream in (MESSAGES, TOOL_RESULTS.key(0)):
        await redis_client.xgroup_create(stream, GROUP, id="0", mkstream=True)
    await desk.open()
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state="", waiting_for="call-1"))
    expired = await eventually(desk.expire)
    assert await desk.steps.commit(expired, Commit(state="")) == "done"

    assert await desk.begin(await tool_result(desk, "call-1"), tool_call_id="call-1") is None
    assert await desk.pending(TOOL_RESULTS.key(0)) == 0


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


# tools and dead letters


async def test_a_tool_call_completes_once_and_both_requests_are_acknowledged(desk: Desk) -> None:
    for _ in range(2):
        await desk.redis.xadd(TOOL_REQUESTS.key(0), {"__data__": "call-1"})
    entries = [await desk.delivered(TOOL_REQUESTS.key(0), "tools") for _ in range(2)]
    completed = an_event(ToolCompleted, conversation_id=CONVERSATION, tool_call_id="call-1")

    firsts = [await desk.steps.complete_tool_call(entry, completed) for entry in entries]

    assert firsts == [True, False]
    assert len(await desk.events(TOOL_RESULTS.key(0))) == 1
    assert await desk.pending(TOOL_REQUESTS.key(0), "tools") == 0


async def test_an_entry_is_buried_once_and_not_at_all_when_it_was_acknowledged(desk: Desk) -> None:
    await desk.say("one")
    entry = await desk.delivered()
    letter = an_event(DeadLettered, conversation_id=CONVERSATION)

    buried = [await desk.steps.bury(entry, 0, letter) for _ in range(2)]

    assert buried == [True, False]
    assert len(await desk.events(DEAD_LETTERS.key(0))) == 1
    assert await desk.pending() == 0


# the library itself


async def test_the_functions_are_loaded_again_when_the_server_lost_them(desk: Desk) -> None:
    await desk.redis.function_flush()

    assert (await desk.say("one"))[0] == "accepted"


async def test_all_keys_of_a_conversation_are_in_the_slot_of_its_partition() -> None:
    keys = Steps(Redis(), partitions=16).keys("some conversation")

    assert {key.split("{")[1].split("}")[0] for key in keys} == {str(keys.partition)}
