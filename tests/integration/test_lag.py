"""What is measured of groups that are behind and of customers who wait, and what a full service says."""

from typing import Any
from uuid import uuid4

from prometheus_client import REGISTRY
from redis.asyncio import Redis

from services.shared.entries import Entry
from services.shared.events import ConversationStarted, MessageReceived
from services.shared.grants import Commit
from services.shared.lag import GroupLag, Lag, measure, show
from services.shared.steps import Steps
from services.shared.streams import CHAT_MESSAGES, CHAT_SESSIONS, STREAMS
from tests.builders import an_event
from tests.chat_client import chatting
from tests.eventually import eventually
from tests.fakes import ScriptedModel
from tests.running import running_gateway, running_router

MESSAGES = CHAT_MESSAGES.key(0)


async def lag_of(redis: Redis, *, partitions: int = 1) -> Lag:
    return await measure(redis, partitions=partitions, time_limit_seconds=45)


async def group_of(redis: Redis, key: str, group: str) -> GroupLag:
    streams = {stream.stream: stream for stream in (await lag_of(redis)).streams}
    return next(lag for lag in streams[key].groups if lag.group == group)


async def server_ms(redis: Redis) -> int:
    seconds, microseconds = await redis.time()
    return int(seconds * 1000 + microseconds // 1000)


async def test_a_group_is_behind_by_what_it_has_not_read_and_what_it_has_not_acknowledged(
    redis_client: Redis,
) -> None:
    await redis_client.xgroup_create(MESSAGES, "router", id="0", mkstream=True)
    ids = [
        await redis_client.xadd(MESSAGES, {"__data__": "{}"}, id=f"{await server_ms(redis_client) - age}-0")
        for age in (90_000, 60_000, 30_000)
    ]
    await redis_client.xreadgroup("router", "worker", {MESSAGES: ">"}, count=2)

    both = await group_of(redis_client, MESSAGES, "router")
    assert (both.unread, both.pending) == (1, 2)
    assert 90 <= both.oldest_seconds < 100

    await redis_client.xack(MESSAGES, "router", *ids[:2])
    unread = await group_of(redis_client, MESSAGES, "router")
    assert (unread.unread, unread.pending) == (1, 0)
    assert 30 <= unread.oldest_seconds < 40

    await redis_client.xreadgroup("router", "worker", {MESSAGES: ">"}, count=2)
    await redis_client.xack(MESSAGES, "router", ids[2])
    assert await group_of(redis_client, MESSAGES, "router") == GroupLag(
        stream=MESSAGES, group="router", unread=0, pending=0, oldest_seconds=0
    )


async def test_nothing_is_behind_before_the_first_start(redis_client: Redis) -> None:
    lag = await lag_of(redis_client, partitions=2)

    assert [(stream.entries, stream.groups) for stream in lag.streams] == [(0, ())] * len(STREAMS) * 2
    assert [waiting.conversations for waiting in lag.waiting] == [0, 0]


async def test_conversations_wait_from_their_message_to_their_answer(redis_client: Redis) -> None:
    steps = Steps(redis_client)
    await steps.load()
    event = an_event(ConversationStarted, conversation_id="c1", session_id="s1")
    await steps.open_conversation(event, epoch="e")
    message = an_event(MessageReceived, conversation_id="c1")
    await steps.accept_message(message, session_id="s1", frame="{}", inbox_limit=9, backlog_limit=9)
    await redis_client.zincrby("deadlines:{0}", -20_000, "c1")

    [waiting] = (await lag_of(redis_client)).waiting
    assert waiting.conversations == 1
    assert 20 <= waiting.oldest_seconds < 30

    nobody = Entry(stream=MESSAGES, group="router", entry_id="")
    grant = await steps.begin("c1", nobody, token=uuid4().hex, new_turn_id="t", lease_ms=5000)
    assert grant is not None
    await steps.commit(grant, Commit(state="{}"))
    [waiting] = (await lag_of(redis_client)).waiting
    assert (waiting.conversations, waiting.oldest_seconds) == (0, 0)


async def test_the_gauges_say_what_was_measured(redis_client: Redis) -> None:
    key = CHAT_SESSIONS.key(0)
    await redis_client.xgroup_create(key, "persistence", id="0", mkstream=True)
    for _ in range(3):
        await redis_client.xadd(key, {"__data__": "{}"})

    show(await lag_of(redis_client))

    def gauge(name: str, **labels: Any) -> float | None:
        return REGISTRY.get_sample_value(name, {"stream": key, **labels})

    assert gauge("supportbot_stream_entries") == 3
    assert gauge("supportbot_group_unread", group="persistence") == 3
    assert gauge("supportbot_group_pending", group="persistence") == 0


async def test_a_full_service_says_busy_and_takes_messages_again_once_it_has_answered(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001 (empties the database)
) -> None:
    async with (
        running_gateway(redis_url, gateway_waiting_conversations=1) as address,
        chatting(address) as first,
        chatting(address) as second,
    ):
        await first.start()
        await second.start()
        await first.acknowledged(await first.say("one"))
        refused = await second.error("busy", await second.say("two"))
        assert refused["retry_after_ms"] > 0

        async with running_router(redis_url, ScriptedModel()):
            await eventually(lambda: first.finished)
            assert await second.ask("two") == "You said: two"
