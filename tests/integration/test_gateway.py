"""The gateway over real sockets: every row of the table of errors and close codes in docs/frames.md."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.chat_client import ChatClient, chatting
from tests.eventually import eventually
from tests.proxy import proxied
from tests.running import running_gateway

NESTED = "[" * 100_000


@pytest.fixture
async def gateway(redis_url: str, redis_client: Redis) -> AsyncIterator[str]:  # noqa: ARG001
    async with running_gateway(redis_url) as address:
        yield address


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[ChatClient]:
    """A client with an open conversation."""
    async with chatting(gateway) as client:
        yield await client.start()


async def still_answers(client: ChatClient) -> None:
    """The same socket takes a message after what was done to it."""
    await client.acknowledged(await client.say("still there?"))


async def messages(redis: Redis) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"__data__"]) for _, fields in await redis.xrange("chat.messages.{0}")]


# frames that are none of the contract's


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        '{"type":"message","client_id":"x","text":NaN}',
        '{"type":"message","client_id":"x","text":Infinity}',
        NESTED[:60_000],
        '{"type":"message","client_id":"x","text":"a","text":"b"}',
        '{"type":"message","client_id":"x","text":"\\ud800"}',
        '{"type":"message","client_id":"x","text":"a"',
        '{"type":"message","client_id":' + "9" * 5000 + "}",
    ],
    ids=[
        "empty",
        "words",
        "NaN",
        "Infinity",
        "nested",
        "duplicate key",
        "surrogate",
        "cut off",
        "huge number",
    ],
)
async def test_what_is_not_json_is_told_and_the_socket_goes_on(client: ChatClient, text: str) -> None:
    await client.socket.send(text)

    await client.error("bad_json")
    await still_answers(client)


@pytest.mark.parametrize(
    ("frame", "pointer"),
    [
        ({"type": "unheard"}, "/type"),
        ({}, "/type"),
        ({"type": "message"}, "/text"),
        ({"type": "message", "text": 7}, "/text"),
        ({"type": "message", "text": "  \n"}, "/text"),
        ({"type": "message", "text": "hi", "customer_id": "C-1"}, "/customer_id"),
        ({"type": "message", "text": "hi", "client_id": "two words"}, "/client_id"),
        ({"type": "feedback", "message_id": "r", "rating": "meh"}, "/rating"),
        ({"type": "start"}, "/type"),
    ],
)
async def test_a_frame_against_the_schema_is_told_with_a_pointer_and_the_socket_goes_on(
    client: ChatClient, frame: dict[str, Any], pointer: str
) -> None:
    ref = await client.send(**frame)

    error = await client.error("bad_request", ref)
    assert error["message"].startswith(f"{pointer}: ")
    await still_answers(client)


@pytest.mark.parametrize("text", ["[]", "7", "null", '"hi"'])
async def test_json_that_is_no_object_is_a_bad_request(client: ChatClient, text: str) -> None:
    await client.socket.send(text)

    await client.error("bad_request")
    await still_answers(client)


async def test_a_binary_frame_is_told_and_the_socket_goes_on(client: ChatClient) -> None:
    await client.socket.send(b"\x00\x01")

    await client.error("unsupported_frame")
    await still_answers(client)


async def test_a_message_of_4000_characters_is_taken_and_one_of_4001_is_too_long(client: ChatClient) -> None:
    ref = await client.say("é" * 4001)

    await client.error("too_long", ref)
    await client.acknowledged(await client.say("é" * 4000))


async def test_a_message_before_start_is_refused_and_the_socket_goes_on(gateway: str) -> None:
    async with chatting(gateway) as client:
        ref = await client.say("hello?")

        await client.error("bad_request", ref)
        await client.start()
        await still_answers(client)


async def test_a_frame_over_64_kib_closes_with_1009(client: ChatClient) -> None:
    await client.socket.send('{"type":"message","client_id":"x","text":"' + "x" * 65 * 1024 + '"}')

    assert await client.closed() == 1009


@pytest.mark.parametrize(("frame", "code"), [("{", 1008), (b"\x00", 1003)])
async def test_the_socket_is_closed_after_ten_bad_frames(
    client: ChatClient, frame: str | bytes, code: int
) -> None:
    for _ in range(9):
        await client.socket.send(frame)
    await still_answers(client)
    await client.socket.send(frame)

    assert await client.closed() == code


# who may


@pytest.mark.parametrize("token", ["wrong", "", "x" * 256, "*", "session:*", "é"])
async def test_a_bad_token_closes_with_4401(gateway: str, token: str) -> None:
    async with chatting(gateway) as client:
        ref = await client.send(
            type="resume", session_token=token or "-", conversation_id="c", cursor="0-0", epoch="e"
        )

        assert (await client.error("unauthorized", ref))["fatal"]
        assert await client.closed() == 4401


async def test_a_start_with_a_bad_token_closes_with_4401(gateway: str) -> None:
    async with chatting(gateway) as client:
        await client.send(type="start", session_token="wrong")

        assert await client.closed() == 4401


async def test_a_session_opens_a_second_conversation_with_its_token(client: ChatClient, gateway: str) -> None:
    async with chatting(gateway) as second:
        await second.start(session_token=client.opened["session_token"])

        assert second.opened["session_id"] == client.opened["session_id"]
        assert second.opened["conversation_id"] != client.opened["conversation_id"]


async def test_somebody_elses_conversation_looks_like_none(client: ChatClient, gateway: str) -> None:
    answers = []
    for conversation_id in (client.opened["conversation_id"], "0" * 32):
        async with chatting(gateway) as thief:
            await thief.start()
            token = thief.opened["session_token"]
        async with chatting(gateway) as thief:
            ref = await thief.send(type="resume", session_token=token, conversation_id=conversation_id)
            answers.append(await thief.error("not_found", ref))
            await thief.start(session_token=token)
            await still_answers(thief)

    assert answers[0]["message"] == answers[1]["message"]


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "confirm", "action_id": "a"},
        {"type": "decline", "action_id": "a"},
        {"type": "feedback", "message_id": "reply-of-nobody", "rating": "up"},
    ],
)
async def test_what_does_not_exist_is_not_found(client: ChatClient, frame: dict[str, Any]) -> None:
    ref = await client.send(**frame)

    await client.error("not_found", ref)
    await still_answers(client)


@pytest.mark.parametrize("cursor", ["١-٢", "1-2-3", "-1-0", "1", "a-b", "1-" + "9" * 40])
async def test_a_cursor_of_another_shape_is_a_bad_request(
    client: ChatClient, gateway: str, cursor: str
) -> None:
    async with chatting(gateway) as other:
        token = client.opened["session_token"]
        conversation_id = client.opened["conversation_id"]
        ref = await other.send(
            type="resume",
            session_token=token,
            conversation_id=conversation_id,
            cursor=cursor,
            epoch=client.opened["epoch"],
        )

        assert (await other.error("bad_request", ref))["message"].startswith("/cursor")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.example",
        "null",
        "",
        "file://",
        "http://{host}.evil.example",
        "http://evil.example/{host}",
        "http://{host}@evil.example",
        "http://evil.example#{host}",
        "http://{host}/",
        "http://{host}/path",
        "HTTP://{host}",
        "ftp://{host}",
        "http://{name}",
        "http://{name}:1",
        "http://[::1",
        "http://{host} http://evil.example",
        "https://allowed.example.evil.example",
        "https://ALLOWED.example",
        "https://allowed.example:444",
    ],
)
async def test_a_hostile_origin_gets_403_before_the_socket_is_accepted(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
    origin: str,
) -> None:
    async with running_gateway(redis_url, gateway_allowed_origins="https://allowed.example") as address:
        origin = origin.format(host=address, name=address.partition(":")[0])
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/ws", additional_headers={"Origin": origin})

        assert refused.value.response.status_code == 403


async def test_its_own_page_listed_origins_and_programs_are_let_in(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    async with running_gateway(redis_url, gateway_allowed_origins="https://allowed.example") as address:
        for origin in (f"http://{address}", "https://allowed.example", None):
            headers = {"Origin": origin} if origin else {}
            async with chatting(address, additional_headers=headers) as client:
                await client.start()


@pytest.mark.parametrize("built", [True, False])
async def test_a_socket_elsewhere_than_ws_is_refused_whether_the_page_is_built_or_not(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
    tmp_path: Path,
    built: bool,
) -> None:
    if built:
        (tmp_path / "index.html").write_text("the page")
    async with running_gateway(redis_url, gateway_web_dir=tmp_path) as gateway:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{gateway}/elsewhere")

    assert refused.value.response.status_code in {403, 404}


# how much


async def test_a_message_sent_again_with_another_text_is_a_conflict(
    client: ChatClient, redis_client: Redis
) -> None:
    await client.acknowledged(await client.say("first", client_id="m1"))
    await client.say("second", client_id="m1")

    await client.error("conflict", "m1")
    await still_answers(client)
    assert [event["text"] for event in await messages(redis_client)] == ["first", "still there?"]


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
    assert len(await messages(redis_client)) == 1


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
    assert len(await messages(redis_client)) == 20


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
    assert len(await messages(redis_client)) == 20


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


# coming and going


async def test_coming_and_going_are_recorded(client: ChatClient, redis_client: Redis) -> None:
    await client.socket.close(1001)

    async def recorded() -> list[dict[str, Any]]:
        entries = await redis_client.xrange("chat.sessions.{0}")
        return [orjson.loads(fields[b"__data__"]) for _, fields in entries]

    async def gone() -> bool:
        return len(await recorded()) == 3

    await eventually(gone, within=1)
    started, connected, disconnected = await recorded()
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


# without a broker


async def test_the_gateway_says_unavailable_within_two_seconds_and_goes_on_when_the_broker_is_back(
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
        assert time.monotonic() - asked < 2.5
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


# slow readers


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
        await still_answers(client)
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


# pages


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics"])
async def test_every_page_carries_the_security_headers(gateway: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{gateway}") as pages:
        response = await pages.get(path)

    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "server" not in response.headers
