"""What is replayed, what is not, and that nothing is answered twice, on a real server."""

import asyncio

import orjson
import pytest
from redis.exceptions import ResponseError

from services.shared.dead_letters import DeadLetters
from services.shared.delivery import RawEntry
from services.shared.entries import Entry
from services.shared.events import (
    ToolCompleted,
    ToolRequested,
)
from services.shared.frame_log import FrameLog
from services.shared.streams import TOOL_REQUESTS, TOOL_RESULTS
from tests.builders import an_event
from tests.integration.dead_letters.desk import CONVERSATION, MESSAGES, Desk


async def test_a_message_that_ended_in_an_apology_is_answered_once_when_it_is_replayed(desk: Desk) -> None:
    await desk.say("where is it?")
    letter = await desk.buried()
    await desk.answer(failed=True)

    assert await desk.box.replay(letter) == "replayed"
    assert await desk.abandoned() == [(letter.event.entry_id, 0)]
    grant = await desk.answer(entry=Entry(stream=MESSAGES, group="router", entry_id=letter.event.entry_id))

    assert [message.text for message in grant.inbox] == ["where is it?"]
    assert await desk.abandoned() == []
    assert await desk.box.replay(letter) == "settled"
    assert await desk.inbox() == []


async def test_only_the_group_that_gave_up_gets_the_entry_when_it_is_replayed(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)
    stored = await desk.delivered(group="persistence")
    await desk.redis.xack(MESSAGES, "persistence", stored.at.entry_id)

    await desk.box.replay(letter)

    assert await desk.redis.xlen(MESSAGES) == 1
    assert (await desk.redis.xpending(MESSAGES, "persistence"))["pending"] == 0
    assert await desk.redis.xreadgroup("persistence", "worker", {MESSAGES: ">"}) == []


async def test_a_letter_is_replayed_once_when_it_is_replayed_ten_times_at_once(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)

    outcomes = await asyncio.gather(*(desk.box.replay(letter) for _ in range(10)))

    assert sorted(outcomes) == ["replayed", *["settled"] * 9]
    assert await desk.inbox() == ["hello"]


async def test_a_replayed_message_has_a_deadline_like_any_other(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)
    deadlines = desk.steps.keys(CONVERSATION).deadlines
    assert await desk.redis.zcard(deadlines) == 0

    await desk.box.replay(letter)

    seconds, _ = await desk.redis.time()
    deadline = await desk.redis.zscore(deadlines, CONVERSATION)
    assert 40 < deadline / 1000 - seconds <= 46


async def test_messages_that_shared_an_apology_are_answered_together_when_one_is_replayed(desk: Desk) -> None:
    for text in ("one", "two", "three"):
        await desk.say(text)
    letter = await desk.buried()
    await desk.answer(failed=True)

    assert await desk.box.replay(letter) == "replayed"

    assert await desk.inbox() == ["one", "two", "three"]


async def test_a_replayed_message_is_shown_once_while_it_waits_and_after_its_answer(desk: Desk) -> None:
    message_id = await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)
    await desk.box.replay(letter)
    frames = FrameLog(desk.redis, partitions=1)

    async def shown() -> list[str]:
        snapshot = orjson.loads((await frames.snapshot(CONVERSATION)).event)
        return [message["id"] for message in snapshot["messages"] if message["role"] == "user"]

    assert await shown() == [message_id]
    await desk.answer()
    assert await shown() == [message_id]


async def test_a_message_that_was_answered_after_all_is_not_replayed(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer()

    assert await desk.box.replay(letter) == "answered"
    assert await desk.abandoned() == []
    assert (await desk.box.letters())[0].state == "open"


async def test_a_message_answered_by_a_replay_is_not_answered_again_when_its_own_letter_is_replayed(
    desk: Desk,
) -> None:
    await desk.say("one")
    await desk.say("two")
    first, second = await desk.buried(), await desk.buried()
    await desk.answer(failed=True)

    assert await desk.box.replay(first) == "replayed"
    assert await desk.box.replay(second) == "waiting"
    await desk.answer()
    assert await desk.box.replay(second) == "answered"


async def test_a_message_that_still_waits_is_not_replayed(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()

    assert await desk.box.replay(letter) == "waiting"
    await desk.answer(failed=True)
    assert await desk.box.replay(letter) == "replayed"


async def test_a_second_apology_is_a_second_letter_that_may_be_replayed_too(desk: Desk) -> None:
    await desk.say("hello")
    first = await desk.buried()
    await desk.answer(failed=True)
    await desk.box.replay(first)
    [(entry_id, _)] = await desk.abandoned()
    event = await desk.redis.xrange(MESSAGES, entry_id, entry_id)
    at = Entry(stream=MESSAGES, group="router", entry_id=entry_id)
    await DeadLetters(steps=desk.steps).bury(RawEntry(at=at, fields=event[0][1], deliveries=5), "again")
    await desk.answer(failed=True)
    second = (await desk.box.letters())[0]

    assert second.event.event_id != first.event.event_id
    assert await desk.box.replay(second) == "replayed"
    assert await desk.inbox() == ["hello"]


async def test_a_message_whose_conversation_is_gone_is_not_replayed(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.redis.delete(*desk.steps.keys(CONVERSATION))

    assert await desk.box.replay(letter) == "gone"


async def test_the_payload_is_appended_anew_when_its_entry_was_trimmed(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)
    await desk.redis.xtrim(MESSAGES, maxlen=0, approximate=False)

    assert await desk.box.replay(letter) == "replayed"

    assert (await desk.delivered()).payload == letter.event.entry
    assert await desk.inbox() == ["hello"]


async def test_the_turn_is_done_again_when_the_result_of_its_tool_is_replayed(desk: Desk) -> None:
    await desk.say("where is order 1042?")
    grant = await desk.answer(failed=True)
    await desk.add(an_event(ToolCompleted, conversation_id=CONVERSATION, turn_id=grant.turn_id), TOOL_RESULTS)
    letter = await desk.buried(TOOL_RESULTS.key(0))

    assert await desk.box.replay(letter) == "replayed"

    assert await desk.inbox() == ["where is order 1042?"]
    assert await desk.abandoned(TOOL_RESULTS.key(0)) == [(letter.event.entry_id, 0)]


async def test_a_tool_call_that_was_answered_as_failed_is_not_made_again(desk: Desk) -> None:
    request = an_event(ToolRequested, conversation_id=CONVERSATION)
    await desk.add(request, TOOL_REQUESTS)
    letter = await desk.buried(TOOL_REQUESTS.key(0), "tools")
    completed = an_event(
        ToolCompleted, conversation_id=CONVERSATION, tool_call_id=request.tool_call_id, status="failed"
    )

    entry = Entry(stream=TOOL_REQUESTS.key(0), group="tools", entry_id=letter.event.entry_id)
    await desk.steps.complete_tool_call(entry, completed)

    assert await desk.box.replay(letter) == "answered"


async def test_what_is_none_of_our_events_goes_back_to_its_group(desk: Desk) -> None:
    await desk.redis.xadd(MESSAGES, {"__data__": "not json"})
    letter = await desk.buried(MESSAGES, "persistence")

    assert await desk.box.replay(letter) == "replayed"
    assert await desk.abandoned(MESSAGES, "persistence") == [(letter.event.entry_id, 0)]


async def test_nothing_is_settled_when_the_replay_fails(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)
    await desk.redis.xgroup_destroy(MESSAGES, "router")

    with pytest.raises(ResponseError, match="NOGROUP"):
        await desk.box.replay(letter)

    assert await desk.inbox() == []
    assert (await desk.box.letters())[0].state == "open"
