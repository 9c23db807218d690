"""What is replayed, what is not, and that nothing is answered twice, on a real server."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.router_worker.language_models.protocol import RouteRequest
from services.shared.dead_letters import DeadLetters
from services.shared.delivery import RawEntry
from services.shared.errors import PermanentError
from services.shared.events import (
    ConversationStarted,
    Envelope,
    MessageReceived,
    ToolCompleted,
    ToolRequested,
    dump_event,
    new_id,
)
from services.shared.frame_log import FrameLog, user_message
from services.shared.letter_box import Letter, LetterBox
from services.shared.steps import Commit, Entry, Grant, Steps, reply_id_of
from services.shared.streams import CHAT_MESSAGES, TOOL_REQUESTS, TOOL_RESULTS, Stream, stream_keys
from tests.builders import an_event
from tests.chat_client import chatting
from tests.eventually import eventually
from tests.fakes import ScriptedModel
from tests.running import running_gateway, running_router

CONVERSATION, SESSION = "c1", "s1"
MESSAGES = CHAT_MESSAGES.key(0)


class Desk:
    """One conversation, its router as far as the steps go, and the box of dead letters."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.steps = Steps(redis)
        self.box = LetterBox(redis=redis, steps=self.steps, partitions=1)

    async def open(self) -> None:
        await self.steps.load()
        for stream, key in stream_keys(1):
            for group in stream.groups:
                await self.redis.xgroup_create(key, group, id="0", mkstream=True)
        event = an_event(ConversationStarted, conversation_id=CONVERSATION, session_id=SESSION)
        await self.steps.open_conversation(event, epoch="e")

    async def say(self, text: str) -> str:
        event_id = new_id()
        event = MessageReceived(
            event_id=event_id,
            conversation_id=CONVERSATION,
            message_id=str(event_id),
            client_id=f"client {text}",
            text=text,
        )
        outcome, message_id = await self.steps.accept_message(
            event, session_id=SESSION, frame="{}", inbox_limit=20, backlog_limit=100
        )
        assert outcome == "accepted"
        return message_id

    async def add(self, event: Envelope, stream: Stream) -> None:
        await self.redis.xadd(stream.key(0), {"__data__": dump_event(event)})

    async def delivered(self, stream: str = MESSAGES, group: str = "router") -> RawEntry:
        found: Any = await self.redis.xreadgroup(group, "worker", {stream: ">"}, count=1)
        [(entry_id, fields)] = found[0][1]
        at = Entry(stream=stream, group=group, entry_id=entry_id.decode())
        return RawEntry(at=at, fields=fields, deliveries=1)

    async def buried(self, stream: str = MESSAGES, group: str = "router") -> Letter:
        """The next entry as a dead letter."""
        await DeadLetters(steps=self.steps).bury(await self.delivered(stream, group), "boom")
        return (await self.box.letters())[0]

    async def begin(self, entry: Entry) -> Grant | None:
        return await self.steps.begin(
            CONVERSATION, entry, token=uuid4().hex, new_turn_id=str(new_id()), lease_ms=5000
        )

    async def answer(self, *, failed: bool = False, entry: Entry | None = None) -> Grant:
        """End the conversation's next turn as the router does, in an answer or in an apology."""
        grant = await self.begin(entry or Entry(stream=MESSAGES, group="router", entry_id=""))
        assert grant is not None
        said = [
            user_message(message.message_id, message.text, message.client_id, message.at_ms, answered=True)
            for message in grant.inbox
            if not message.again
        ]
        metadata = {"in_reply_to": [message.message_id for message in grant.inbox]}
        reply = {
            "id": reply_id_of(grant.turn_id),
            "role": "assistant",
            "content": "Sorry" if failed else "Here you are",
            "metadata": {**metadata, "failed": True} if failed else metadata,
        }
        transcript = [orjson.dumps(message).decode() for message in (*said, reply)]
        assert await self.steps.commit(grant, Commit(state="{}", transcript=transcript)) != "fenced"
        return grant

    async def abandoned(self, stream: str = MESSAGES, group: str = "router") -> list[tuple[str, int]]:
        """Entries that a reader would take over now, with their deliveries so far."""
        pending: Any = await self.redis.xpending_range(stream, group, "-", "+", 100, idle=5000)
        return [(entry["message_id"].decode(), entry["times_delivered"]) for entry in pending]

    async def inbox(self) -> list[str]:
        items: Any = await self.redis.lrange(self.steps.keys(CONVERSATION).inbox, 0, -1)
        return [orjson.loads(item.partition(b" ")[2])["text"] for item in items]


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    desk = Desk(redis_client)
    await desk.open()
    return desk


# replay


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


# drop, list and find


async def test_a_dropped_letter_is_kept_but_never_replayed(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)

    assert await desk.box.drop(letter)
    assert not await desk.box.drop(letter)
    assert await desk.box.replay(letter) == "settled"
    assert [known.state for known in await desk.box.letters()] == ["dropped"]


async def test_letters_are_found_by_either_id_among_many(desk: Desk) -> None:
    for number in range(1203):
        await desk.redis.xadd(MESSAGES, {"__data__": f"poison {number}"})
    bury = DeadLetters(steps=desk.steps).bury
    found: Any = await desk.redis.xreadgroup("router", "worker", {MESSAGES: ">"}, count=2000)
    for entry_id, fields in found[0][1]:
        at = Entry(stream=MESSAGES, group="router", entry_id=entry_id.decode())
        await bury(RawEntry(at=at, fields=fields, deliveries=1), "poison")

    letters = await desk.box.letters()

    assert [letter.event.entry for letter in letters] == [
        f"poison {number}" for number in range(1202, -1, -1)
    ]
    oldest = letters[-1]
    assert await desk.box.find(oldest.entry_id) == [oldest]
    assert await desk.box.find(str(oldest.event.event_id)) == [oldest]
    assert await desk.box.find("0-1") == []


# the whole way


class TroubledModel(ScriptedModel):
    """Cannot bear any message until it is mended."""

    mended = False

    async def route(self, request: RouteRequest) -> Any:
        if not self.mended:
            raise PermanentError("the model cannot bear this")
        return await super().route(request)


async def test_the_customer_gets_the_answer_when_the_cause_is_mended_and_the_letter_replayed(
    redis_url: str, redis_client: Redis
) -> None:
    model = TroubledModel()
    limits = {"time_limit_seconds": 5}
    async with (
        running_gateway(redis_url, **limits) as address,
        running_router(redis_url, model, **limits) as bus,
        chatting(address) as client,
    ):
        await client.start()
        message_id = await client.acknowledged(await client.say("hello"))
        await eventually(lambda: client.finished, within=15)
        assert client.finished[0]["type"] == "RUN_ERROR"
        box = LetterBox(redis=redis_client, steps=bus.steps, partitions=1)
        [letter] = await box.letters()
        assert letter.event.reason == "the model cannot bear this"

        model.mended = True
        assert await box.replay(letter) == "replayed"
        await eventually(lambda: len(client.finished) == 2, within=15)

        assert client.finished[1]["result"]["in_reply_to"] == [message_id]
        assert list(client.replies.values())[1] == "You said: hello"
        async with chatting(address) as other_tab:
            await other_tab.resume(client.opened)
            snapshot = await other_tab.frame(
                lambda frame: frame.get("event", {}).get("type") == "MESSAGES_SNAPSHOT"
            )
        shown = [(message["role"], message["content"]) for message in snapshot["event"]["messages"]]
        assert [text for role, text in shown if role == "user"] == ["hello"]
        assert shown[-1] == ("assistant", "You said: hello")
        assert await box.replay(letter) == "settled"
