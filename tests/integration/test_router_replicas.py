"""Order, once-only and deadlines with several routers, dead routers and hung models."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from services.router_worker.language_models.protocol import (
    IntentDecision,
    ReplyRequest,
    RouteRequest,
    TextDelta,
)
from tests.chat_client import ChatClient, chatting
from tests.eventually import eventually
from tests.fakes import Line, ScriptedModel, echo
from tests.proxy import proxied
from tests.recorded import events_on
from tests.running import running_gateway, running_router


async def replies(redis: Redis) -> list[dict[str, Any]]:
    events = await events_on(redis, "chat.replies.{0}")
    return [event for event in events if event["type"] in {"ReplyCompleted", "ReplyFailed"}]


async def test_messages_sent_during_a_turn_are_answered_together_and_in_order(
    redis_url: str, client: ChatClient
) -> None:
    gate = asyncio.Event()
    model = ScriptedModel(script=lambda request: [gate, *echo(request)])
    async with running_router(redis_url, model):
        await client.say("one")
        await eventually(lambda: model.replied)
        ids = [await client.acknowledged(await client.say(text)) for text in ("two", "three", "four")]
        gate.set()
        await eventually(lambda: len(client.finished) == 2)

    assert list(client.replies.values()) == ["You said: one", "You said: two / three / four"]
    assert client.finished[1]["result"]["in_reply_to"] == ids


async def test_messages_sent_before_any_router_ran_are_answered_in_one_turn(
    redis_url: str, client: ChatClient, redis_client: Redis
) -> None:
    for number in range(10):
        await client.acknowledged(await client.say(f"m{number}"))
    async with running_router(redis_url, ScriptedModel()):
        await eventually(lambda: client.finished)

    [reply] = await replies(redis_client)
    assert reply["text"] == "You said: " + " / ".join(f"m{number}" for number in range(10))


async def test_every_message_is_answered_once_and_in_order_with_several_routers(
    redis_url: str, gateway: str, redis_client: Redis
) -> None:
    async def converse(number: int) -> list[str]:
        async with chatting(gateway) as client:
            await client.start()
            sent = [await client.acknowledged(await client.say(f"{number}-{n}")) for n in range(6)]
            await eventually(lambda: sorted(_answered(client)) == sorted(sent), within=20)
            assert _answered(client) == sent
            return sent

    model = ScriptedModel()
    async with (
        running_router(redis_url, model, name="one"),
        running_router(redis_url, model, name="two"),
        running_router(redis_url, model, name="three"),
    ):
        sent = await asyncio.gather(*(converse(number) for number in range(15)))

    answered = [message_id for reply in await replies(redis_client) for message_id in reply["in_reply_to"]]
    assert sorted(answered) == sorted(message_id for ids in sent for message_id in ids)
    assert (await redis_client.xpending("chat.messages.{0}", "router"))["pending"] == 0


def _answered(client: ChatClient) -> list[str]:
    return [message_id for event in client.finished for message_id in event["result"]["in_reply_to"]]


async def test_another_router_finishes_the_turn_of_one_that_is_cut_off_and_its_late_words_are_dropped(
    redis_url: str, client: ChatClient, redis_client: Redis
) -> None:
    gate = asyncio.Event()
    lost = ScriptedModel(script=lambda _: [TextDelta(text="lost "), gate, TextDelta(text="words")])
    async with proxied(redis_url) as (proxy, url), running_router(url, lost, name="lost"):
        await client.say("hello")
        await eventually(lambda: client.replies)
        await proxy.cut()
        async with running_router(redis_url, ScriptedModel(), name="other"):
            await eventually(lambda: client.finished, within=15)
            gate.set()
            await proxy.mend()

    assert list(client.replies.values()) == ["You said: hello"]
    assert [reply["text"] for reply in await replies(redis_client)] == ["You said: hello"]


async def test_a_hung_model_ends_in_an_apology_at_the_deadline_and_the_next_message_is_answered(
    redis_url: str, redis_client: Redis
) -> None:
    def hang_on_the_first(request: ReplyRequest) -> Sequence[Line]:
        return [asyncio.Event()] if request.texts == ("first",) else echo(request)

    async with (
        running_gateway(redis_url, time_limit_seconds=5) as gateway,
        chatting(gateway) as client,
        running_router(redis_url, ScriptedModel(script=hang_on_the_first), time_limit_seconds=5),
    ):
        await client.start()
        first = await client.acknowledged(await client.say("first"))
        await eventually(lambda: any(event["type"] == "RUN_STARTED" for event in client.events))
        second = await client.acknowledged(await client.say("second"))
        await eventually(lambda: len(client.finished) == 2, within=12)

    failed, completed = await replies(redis_client)
    assert (failed["in_reply_to"], failed["reason"]) == ([first], "deadline")
    assert (completed["in_reply_to"], completed["text"]) == ([second], "You said: second")


async def test_an_apology_begins_its_run_anew_when_nobody_had_begun_it(
    redis_url: str,
    redis_client: Redis,
) -> None:
    """No router ran in time: the first thing that one does is to say sorry."""
    async with (
        running_gateway(redis_url, time_limit_seconds=5) as gateway,
        chatting(gateway) as client,
    ):
        await client.start()
        await client.say("anybody?")
        await eventually(lambda: _overdue(redis_client), within=10)
        async with running_router(redis_url, ScriptedModel(), time_limit_seconds=5):
            await eventually(lambda: client.finished)

    kinds = [event["type"] for event in client.events]
    assert "RUN_STARTED" in kinds
    assert kinds.index("RUN_STARTED") < kinds.index("TEXT_MESSAGE_START")


async def _overdue(redis: Redis) -> bool:
    seconds, _ = await redis.time()
    return bool(await redis.zcount("deadlines:{0}", "-inf", seconds * 1000))


async def test_a_message_that_no_router_can_work_on_is_buried_and_the_customer_is_told(
    redis_url: str, client: ChatClient, redis_client: Redis
) -> None:
    def decide(request: RouteRequest) -> IntentDecision:
        if "poison" in request.texts:
            raise RuntimeError("a bug")
        return IntentDecision(intent="greeting", confidence=1.0)

    async with running_router(redis_url, ScriptedModel(decide=decide), max_deliveries=2):
        await client.say("poison")
        await eventually(lambda: client.finished, within=30)
        assert await client.ask("well then") == "You said: well then"

    failed, _ = await replies(redis_client)
    assert failed["reason"] == "dead letter"
    assert await redis_client.xlen("dead.letters.{0}") == 1


async def test_a_conversation_with_an_unreadable_state_is_told_sorry_and_starts_afresh(
    redis_url: str, client: ChatClient, redis_client: Redis
) -> None:
    key = f"conversation:{{0}}:{client.opened['conversation_id']}"
    await redis_client.hset(key, "state", '{"slots": 7}')
    async with running_router(redis_url, ScriptedModel(), max_deliveries=1):
        await client.say("hello")
        await eventually(lambda: client.finished, within=20)
        assert client.finished[0]["type"] == "RUN_ERROR"
        assert await client.ask("and now?") == "You said: and now?"


async def test_pending_entries_of_finished_turns_do_not_pile_up(
    redis_url: str, client: ChatClient, redis_client: Redis
) -> None:
    async with running_router(redis_url, ScriptedModel()):
        for number in range(5):
            await client.ask(f"m{number}")

    assert (await redis_client.xpending("chat.messages.{0}", "router"))["pending"] == 0
    assert await redis_client.zcard("deadlines:{0}") == 0
