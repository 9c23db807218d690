"""The guarded steps that end what did not end by itself, and the library, on a real server."""

import asyncio

import pytest
from redis.asyncio import Redis

from services.shared.entries import Entry
from services.shared.events import (
    DeadLettered,
    ToolCompleted,
)
from services.shared.grants import Commit
from services.shared.letter_steps import bury
from services.shared.steps import Steps
from services.shared.streams import DEAD_LETTERS, TOOL_REQUESTS, TOOL_RESULTS
from tests.builders import an_event
from tests.desk import CONVERSATION, GROUP, MESSAGES, Desk, texts
from tests.eventually import eventually


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    return await Desk(redis_client).set_up()


# deadlines


async def test_an_overdue_turn_is_taken_from_its_worker_by_one_watchdog_of_many(redis_client: Redis) -> None:
    desk = await Desk(redis_client, time_limit_ms=1).set_up()
    await desk.say("one")
    slow = await desk.granted(await desk.delivered())
    assert await eventually(lambda: desk.steps.overdue(0)) == [CONVERSATION]

    grants = [grant for grant in await asyncio.gather(*(desk.expire() for _ in range(5))) if grant]

    assert [texts(grant) for grant in grants] == [["one"]]
    assert await desk.steps.commit(slow, Commit(state="")) == "fenced"
    assert await desk.steps.commit(grants[0], Commit(state="")) == "done"
    assert await desk.steps.overdue(0) == []


async def test_what_came_during_an_overdue_turn_is_the_next_turn(redis_client: Redis) -> None:
    desk = await Desk(redis_client, time_limit_ms=1).set_up()
    await desk.say("one")
    await desk.granted(await desk.delivered())
    await desk.say("two")

    expired = await eventually(desk.expire)

    assert texts(expired) == ["one"]
    assert await desk.steps.commit(expired, Commit(state="")) == "more"


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
    desk = await Desk(redis_client, time_limit_ms=1).set_up()
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state="", waiting_for="call-1"))
    expired = await eventually(desk.expire)
    assert await desk.steps.commit(expired, Commit(state="")) == "done"

    assert await desk.begin(await desk.tool_result("call-1"), tool_call_id="call-1") is None
    assert await desk.pending(TOOL_RESULTS.key(0)) == 0


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

    buried = [await bury(desk.steps, entry, letter) for _ in range(2)]

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
