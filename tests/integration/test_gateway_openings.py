"""How many conversations and sockets one client may have, and how they end."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from websockets.asyncio.client import connect

from tests.chat_client import ChatClient, chatting
from tests.eventually import eventually
from tests.running import running_gateway


async def test_a_session_holds_five_sockets_and_gets_another_as_soon_as_one_is_gone(
    client: ChatClient, gateway: str
) -> None:
    token = {"session_token": client.opened["session_token"]}
    others = [chatting(gateway) for _ in range(4)]
    clients = [await other.__aenter__() for other in others]
    for other in clients:
        await other.start(**token)
    async with chatting(gateway) as sixth:
        await sixth.error("rate_limited", await sixth.send(type="start", **token))
        await others[0].__aexit__(None, None, None)

        async def let_in() -> bool:
            await sixth.send(type="start", **token)
            return any(frame.get("event", {}).get("name") == "session.opened" for frame in sixth.frames)

        await eventually(let_in, within=1)
    for leaving in others[1:]:
        await leaving.__aexit__(None, None, None)


async def test_a_burst_of_starts_opens_no_more_than_the_limit_and_leaves_nothing_for_long(
    redis_url: str, redis_client: Redis
) -> None:
    async def start(gateway: str) -> None:
        async with chatting(gateway) as client:
            ref = await client.send(type="start")
            await client.frame(lambda frame: frame.get("ref") == ref or frame.get("event"))

    async with running_gateway(redis_url, gateway_openings_per_minute=10) as gateway:
        for _ in range(10):
            await asyncio.gather(*(start(gateway) for _ in range(20)))
        async with chatting(gateway) as late:
            error = await late.error("rate_limited", await late.send(type="start"))
            assert 0 < error["retry_after_ms"] <= 60_000
            assert not error["fatal"]

    kept = [*await redis_client.keys("session:*"), *await redis_client.keys("conversation:*")]
    assert len(kept) == 20
    assert max([await redis_client.ttl(key) for key in kept]) <= 2 * 3600
    assert await redis_client.xlen("chat.sessions.{0}") <= 30


async def test_an_address_opens_no_more_than_its_share_and_others_are_not_touched(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    """A proxy on this machine says whose the connections are."""

    def comes_from(address: str) -> dict[str, Any]:
        return {"additional_headers": {"X-Forwarded-For": address}}

    async with running_gateway(redis_url, gateway_openings_per_address=2) as gateway:
        for address in ("8.8.8.8", "8.8.8.8", "2a00:1450:4001:82a::1", "2a00:1450:4001:82a::2"):
            async with chatting(gateway, **comes_from(address)) as client:
                await client.start()
        for address in ("8.8.8.8", "2a00:1450:4001:82a:1234::"):
            async with chatting(gateway, **comes_from(address)) as client:
                await client.error("rate_limited", await client.send(type="start"))
        for address in ("9.9.9.9", "2a00:1450:4001:82b::1", "10.0.0.7"):
            async with chatting(gateway, **comes_from(address)) as client:
                await client.start()


async def test_a_session_comes_and_goes_no_more_often_than_its_limit(
    redis_url: str, redis_client: Redis
) -> None:
    async with running_gateway(redis_url, gateway_openings_per_session=3) as gateway:
        async with chatting(gateway) as client:
            await client.start()
        known = {key: client.opened[key] for key in ("session_token", "conversation_id")}
        for frame in (
            {"type": "resume", **known},
            {"type": "start", "session_token": known["session_token"]},
            {"type": "resume", **known},
        ):
            async with chatting(gateway) as again:
                await again.send(**frame)
                await again.custom("session.opened")
        async with chatting(gateway) as again:
            await again.error("rate_limited", await again.send(type="resume", **known))
        async with chatting(gateway) as other:
            await other.start()

    assert len(await redis_client.keys("conversation:*")) == 3


async def test_a_socket_that_is_one_too_many_opens_no_conversation(
    redis_url: str, redis_client: Redis
) -> None:
    async with (
        running_gateway(redis_url, gateway_sockets_per_session=1) as gateway,
        chatting(gateway) as client,
        chatting(gateway) as second,
    ):
        token = (await client.start()).opened["session_token"]
        for _ in range(5):
            await second.error("rate_limited", await second.send(type="start", session_token=token))

    assert len(await redis_client.keys("conversation:*")) == 1


async def test_who_speaks_plain_text_is_told_and_closed_when_too_many_come(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    async with running_gateway(redis_url, gateway_openings_per_minute=1) as gateway:
        async with connect(f"ws://{gateway}/ws?format=text"), chatting(gateway) as client:
            await client.error("rate_limited", await client.send(type="start"))
        async with connect(f"ws://{gateway}/ws?format=text") as socket:
            assert str(await socket.recv()).startswith("error: rate_limited: ")
            await asyncio.wait_for(socket.wait_closed(), 5)
            assert socket.close_code == 1013


async def test_a_silent_socket_is_closed_with_4408(redis_url: str, redis_client: Redis) -> None:  # noqa: ARG001
    async with running_gateway(redis_url, gateway_idle_seconds=1) as address, chatting(address) as client:
        await client.start()

        assert await client.closed() == 4408


async def test_a_restart_closes_with_1012(redis_url: str, redis_client: Redis) -> None:  # noqa: ARG001
    async with running_gateway(redis_url) as address:
        connection = chatting(address)
        client = await connection.__aenter__()
        await client.start()

    assert await client.closed() == 1012
    await connection.__aexit__(None, None, None)
