"""How much one client may say, over real sockets."""

import contextlib

from redis.asyncio import Redis
from websockets.exceptions import ConnectionClosed

from services.shared.streams import CHAT_MESSAGES
from tests.chat_client import chatting
from tests.recorded import events_on
from tests.running import running_gateway

MESSAGES = CHAT_MESSAGES.key(0)


async def test_the_twenty_first_message_of_a_minute_is_rate_limited_over_all_sockets_of_the_session(
    redis_url: str, redis_client: Redis
) -> None:
    async with (
        running_gateway(
            redis_url, gateway_messages_per_minute=20, gateway_waiting_per_conversation=100
        ) as gateway,
        chatting(gateway) as client,
        chatting(gateway) as second,
    ):
        await client.start()
        await second.start(session_token=client.opened["session_token"])
        for number in range(20):
            await client.acknowledged(await client.say(f"message {number}"))

        error = await client.error("rate_limited", await client.say("one too many"))
        assert 0 < error["retry_after_ms"] <= 60_000
        await second.error("rate_limited", await second.say("from another window"))
    assert len(await events_on(redis_client, MESSAGES)) == 20


async def test_who_goes_on_and_on_is_closed_with_4429(redis_url: str, redis_client: Redis) -> None:
    async with (
        running_gateway(
            redis_url, gateway_messages_per_minute=20, gateway_waiting_per_conversation=100
        ) as gateway,
        chatting(gateway) as client,
    ):
        await client.start()
        for number in range(100):
            await client.say(f"message {number}")

        assert await client.closed() == 4429
    assert len(await events_on(redis_client, MESSAGES)) == 20


async def test_a_conversation_with_too_many_unanswered_messages_is_busy(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    async with (
        running_gateway(redis_url, gateway_waiting_per_conversation=2) as gateway,
        chatting(gateway) as client,
    ):
        await client.start()
        for number in range(2):
            await client.acknowledged(await client.say(f"message {number}"))

        assert (await client.error("busy", await client.say("one too many")))["retry_after_ms"] > 0


async def test_of_a_burst_of_messages_only_the_allowed_reach_the_stream(
    redis_url: str, redis_client: Redis
) -> None:
    async with (
        running_gateway(redis_url, gateway_messages_per_minute=20) as gateway,
        chatting(gateway) as client,
    ):
        await client.start()
        with contextlib.suppress(ConnectionClosed):
            for number in range(10_000):
                await client.say(f"message {number}")
        assert await client.closed() == 4429
        async with chatting(gateway) as other:
            await (await other.start()).still_answers()

    assert len(await events_on(redis_client, MESSAGES)) == 21


async def test_votes_have_a_limit_of_their_own(redis_url: str, redis_client: Redis) -> None:  # noqa: ARG001
    async with (
        running_gateway(redis_url, gateway_messages_per_minute=3) as address,
        chatting(address) as client,
    ):
        await client.start()
        votes = [await client.send(type="feedback", message_id="r", rating="up") for _ in range(4)]

        for vote in votes[:3]:
            await client.error("not_found", vote)
        await client.error("rate_limited", votes[3])
        await client.still_answers()
