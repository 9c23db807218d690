"""Who may open what: tokens, conversations, cursors and origins, over real sockets."""

from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.chat_client import ChatClient, chatting
from tests.running import running_gateway


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
            await thief.still_answers()

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
    await client.still_answers()


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
