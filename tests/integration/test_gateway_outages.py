"""The gateway without its broker, and with readers that do not read."""

import time
from typing import Any

import httpx
import orjson
import pytest
from redis.asyncio import Redis

from tests.chat_client import chatting
from tests.eventually import eventually
from tests.proxy import proxied
from tests.recorded import events_on
from tests.running import running_gateway


async def messages(redis: Redis) -> list[dict[str, Any]]:
    return await events_on(redis, "chat.messages.{0}")


async def test_the_gateway_says_unavailable_at_once_and_goes_on_when_the_broker_is_back(
    redis_url: str, redis_client: Redis
) -> None:
    async with (
        proxied(redis_url) as (proxy, url),
        running_gateway(url) as address,
        chatting(address) as client,
        httpx.AsyncClient(base_url=f"http://{address}") as pages,
    ):
        await client.start()
        await proxy.cut()

        asked = time.monotonic()
        error = await client.error("unavailable", await client.say("anybody?", client_id="m1"))
        assert time.monotonic() - asked < 3
        assert error["retry_after_ms"] > 0
        async with chatting(address) as late:
            await late.error("unavailable", await late.send(type="start"))
            assert await late.closed() == 1013
        assert (await pages.get("/readyz")).status_code == 503
        assert (await pages.get("/healthz")).status_code == 200

        await proxy.mend()

        async def ready() -> bool:
            return (await pages.get("/readyz")).status_code == 200

        await eventually(ready)
        await client.acknowledged(await client.say("anybody?", client_id="m1"))
        await client.custom("message.accepted")
    assert len(await messages(redis_client)) == 1


async def test_frames_arrive_that_were_written_while_the_push_connection_was_cut(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    async with (
        proxied(redis_url) as (proxy, url),
        running_gateway(url) as cut_off,
        running_gateway(redis_url) as other,
        chatting(cut_off) as viewer,
        chatting(other) as writer,
    ):
        await viewer.start()
        await writer.resume(viewer.opened)
        await proxy.cut()
        for number in range(5):
            await writer.acknowledged(await writer.say(f"message {number}"))
        await proxy.mend()

        await eventually(lambda: len(viewer.logged) == 5, within=10)
        assert [frame["cursor"] for frame in viewer.logged] == [f"0-{n}" for n in range(1, 6)]


async def test_a_reader_that_does_not_read_is_cut_off_and_others_go_on(
    redis_url: str, redis_client: Redis
) -> None:
    async with (
        running_gateway(redis_url, gateway_buffer_bytes=65_536) as address,
        chatting(address) as client,
        chatting(address, max_queue=1) as slow,
        httpx.AsyncClient(base_url=f"http://{address}") as pages,
    ):
        await client.start()
        await slow.resume(client.opened, cursor="0-0", epoch=client.opened["epoch"])
        slow._reading.cancel()
        slow.socket.transport.pause_reading()
        conversation_id = client.opened["conversation_id"]
        await flood(redis_client, conversation_id, frames=400, size=40_000)

        async def one_left() -> bool:
            return "supportbot_sockets 1.0" in (await pages.get("/metrics")).text

        await eventually(one_left, within=10)
        await eventually(lambda: len(client.logged) == 400, within=10)
        await client.still_answers()
        slow.socket.transport.abort()


async def flood(redis: Redis, conversation_id: str, *, frames: int, size: int) -> None:
    """Push frames as the router does, many at a time."""
    key, channel = f"frames:{{0}}:{conversation_id}", f"push:{{0}}:{conversation_id}"
    event = orjson.dumps({"type": "CUSTOM", "name": "flood", "value": "x" * size}).decode()
    for number in range(1, frames + 1):
        cursor, previous = f"1-{number}", f"1-{number - 1}" if number > 1 else "0-0"
        async with redis.pipeline() as pipe:
            pipe.xadd(key, {"f": event, "p": previous}, id=cursor)
            pipe.hset(
                f"conversation:{{0}}:{conversation_id}",
                mapping={"attempt": 1, "n": number, "last_frame": cursor},
            )
            pipe.publish(channel, f"{cursor} {previous} {event}")
            await pipe.execute()


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics"])
async def test_every_page_carries_the_security_headers(gateway: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{gateway}") as pages:
        response = await pages.get(path)

    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "server" not in response.headers
