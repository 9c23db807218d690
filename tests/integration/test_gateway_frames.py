"""Frames that are none of the contract: each gets its error, and the same socket goes on."""

from typing import Any

import pytest

from tests.chat_client import ChatClient, chatting

NESTED = "[" * 100_000


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
    await client.still_answers()


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
    await client.still_answers()


@pytest.mark.parametrize("text", ["[]", "7", "null", '"hi"'])
async def test_json_that_is_no_object_is_a_bad_request(client: ChatClient, text: str) -> None:
    await client.socket.send(text)

    await client.error("bad_request")
    await client.still_answers()


async def test_a_binary_frame_is_told_and_the_socket_goes_on(client: ChatClient) -> None:
    await client.socket.send(b"\x00\x01")

    await client.error("unsupported_frame")
    await client.still_answers()


async def test_a_message_of_4000_characters_is_taken_and_one_of_4001_is_too_long(client: ChatClient) -> None:
    ref = await client.say("é" * 4001)

    await client.error("too_long", ref)
    await client.acknowledged(await client.say("é" * 4000))


async def test_a_message_before_start_is_refused_and_the_socket_goes_on(gateway: str) -> None:
    async with chatting(gateway) as client:
        ref = await client.say("hello?")

        await client.error("bad_request", ref)
        await client.start()
        await client.still_answers()


async def test_a_frame_over_64_kib_closes_with_1009(client: ChatClient) -> None:
    await client.socket.send('{"type":"message","client_id":"x","text":"' + "x" * 65 * 1024 + '"}')

    assert await client.closed() == 1009


@pytest.mark.parametrize(("frame", "code"), [("{", 1008), (b"\x00", 1003)])
async def test_the_socket_is_closed_after_ten_bad_frames(
    client: ChatClient, frame: str | bytes, code: int
) -> None:
    for _ in range(9):
        await client.socket.send(frame)
    await client.still_answers()
    await client.socket.send(frame)

    assert await client.closed() == code
