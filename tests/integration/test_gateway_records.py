"""What is recorded of a client, and how often, over real sockets."""

import asyncio

import pytest
from redis.asyncio import Redis

from services.shared.streams import CHAT_MESSAGES, CHAT_SESSIONS
from tests.chat_client import ChatClient, chatting
from tests.eventually import eventually
from tests.recorded import events_on

MESSAGES = CHAT_MESSAGES.key(0)
SESSIONS = CHAT_SESSIONS.key(0)


async def test_a_message_sent_again_with_another_text_is_a_conflict(
    client: ChatClient, redis_client: Redis
) -> None:
    await client.acknowledged(await client.say("first", client_id="m1"))
    await client.say("second", client_id="m1")

    await client.error("conflict", "m1")
    await client.still_answers()
    assert [event["text"] for event in await events_on(redis_client, MESSAGES)] == ["first", "still there?"]


async def test_one_client_id_sent_ten_times_over_three_sockets_is_one_message(
    client: ChatClient, gateway: str, redis_client: Redis
) -> None:
    async with chatting(gateway) as second, chatting(gateway) as third:
        for other in (second, third):
            await other.resume(client.opened, cursor="0-0", epoch=client.opened["epoch"])
        sockets = [client, second, third]
        await asyncio.gather(*(sockets[number % 3].say("once", client_id="m1") for number in range(10)))

        def acknowledgements() -> list[str]:
            frames = [frame["event"] for each in sockets for frame in each.frames if "event" in frame]
            return [e["value"]["message_id"] for e in frames if e.get("name") == "message.acknowledged"]

        await eventually(lambda: len(acknowledgements()) == 10)
        assert len(set(acknowledgements())) == 1
        await eventually(lambda: all(len(each.logged) == 1 for each in sockets))
    assert len(await events_on(redis_client, MESSAGES)) == 1


async def test_coming_and_going_are_recorded(client: ChatClient, redis_client: Redis) -> None:
    await client.socket.close(1001)

    async def gone() -> bool:
        return len(await events_on(redis_client, SESSIONS)) == 3

    await eventually(gone, within=1)
    started, connected, disconnected = await events_on(redis_client, SESSIONS)
    assert [started["type"], connected["type"], disconnected["type"]] == [
        "ConversationStarted",
        "ClientConnected",
        "ClientDisconnected",
    ]
    assert connected["connection_id"] == disconnected["connection_id"]
    assert disconnected["close_code"] == 1001


async def test_no_token_and_no_text_of_a_customer_stands_in_a_log_or_a_key(
    client: ChatClient,
    redis_client: Redis,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    token = client.opened["session_token"]
    await client.acknowledged(await client.say("my secret is hunter2"))
    await client.socket.send('{"my secret is hunter2":' + token)
    await client.error("bad_json")

    assert not await redis_client.keys(f"*{token}*")
    output = "".join((caplog.text, *capfd.readouterr()))
    assert token not in output
    assert "hunter2" not in output
