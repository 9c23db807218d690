"""Coming back: by cursor, from a second window, and when the log is gone."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from services.router_worker.language_models.protocol import ReplyRequest, TextDelta
from tests.chat_client import ChatClient, Frame, chatting, replies_of
from tests.eventually import eventually
from tests.fakes import ScriptedModel
from tests.running import running_gateway, running_router

WORDS = [f"wörd{number} ✓ " for number in range(60)]


class Author(ScriptedModel):
    """Writes its words one by one, each when it is let."""

    def __init__(self) -> None:
        super().__init__(script=self._lines)
        self.let = [asyncio.Event() for _ in WORDS]

    def _lines(self, _: ReplyRequest) -> list[TextDelta | asyncio.Event]:
        return [
            line
            for word, let in zip(WORDS, self.let, strict=True)
            for line in (let, TextDelta(text=word, composed=True))
        ]

    def write(self, words: int) -> None:
        for let in self.let[:words]:
            let.set()


@pytest.fixture
async def author(redis_url: str, redis_client: Redis) -> AsyncIterator[Author]:  # noqa: ARG001
    author = Author()
    async with running_router(redis_url, author):
        yield author


@pytest.fixture
async def gateways(redis_url: str, author: Author) -> AsyncIterator[list[str]]:  # noqa: ARG001
    async with running_gateway(redis_url) as one, running_gateway(redis_url) as two:
        yield [one, two]


@pytest.fixture
async def client(gateways: list[str]) -> AsyncIterator[ChatClient]:
    async with chatting(gateways[0]) as client:
        yield await client.start()


async def test_an_answer_is_the_same_to_the_byte_when_the_socket_was_cut_again_and_again(
    client: ChatClient, gateways: list[str], author: Author
) -> None:
    """Each time at a random frame, coming back to a random gateway."""
    chance = random.Random(7)
    await client.say("tell me")
    received: list[Frame] = []
    cursor = "0-0"
    for words in range(0, len(WORDS) + 1, 3):
        async with chatting(chance.choice(gateways)) as again:
            await again.resume(client.opened, cursor=cursor, epoch=client.opened["epoch"])
            assert again.opened["resumed"]
            author.write(words)
            await eventually(
                lambda seen=received, again=again, words=words: _words_in(seen + again.logged) >= words
            )
            cut = chance.randrange(len(again.logged) + 1) if words < len(WORDS) else None
            received += again.logged[:cut]
            cursor = received[-1]["cursor"] if received else cursor
    async with chatting(gateways[1]) as again:
        await again.resume(client.opened, cursor=cursor, epoch=client.opened["epoch"])
        await eventually(lambda: again.finished or any(_ends(frame) for frame in received))
        received += again.logged

    await eventually(lambda: client.finished)
    assert received == client.logged
    assert list(replies_of([frame["event"] for frame in received]).values()) == ["".join(WORDS)]


def _words_in(frames: list[Frame]) -> int:
    return "".join(frame["event"].get("delta", "") for frame in frames).count("✓")


def _ends(frame: Frame) -> bool:
    return bool(frame["event"]["type"] == "RUN_FINISHED")


async def test_a_second_window_is_in_step(client: ChatClient, gateways: list[str], author: Author) -> None:
    async with AsyncExitStack() as stack:
        windows = [await stack.enter_async_context(chatting(address)) for address in gateways]
        for window in windows:
            await window.resume(client.opened, cursor="0-0", epoch=client.opened["epoch"])
        await client.say("tell me")
        author.write(len(WORDS))
        await eventually(lambda: all(window.finished for window in (client, *windows)))

        assert windows[0].logged == windows[1].logged == client.logged


@pytest.mark.parametrize(
    "position",
    [{}, {"cursor": "0-1"}, {"cursor": "0-1", "epoch": "another"}, {"cursor": "9-9", "epoch": "this"}],
    ids=["no cursor", "no epoch", "another epoch", "a cursor of the future"],
)
async def test_who_cannot_resume_gets_a_snapshot_and_the_running_answer_from_its_start(
    client: ChatClient, gateways: list[str], author: Author, position: dict[str, str]
) -> None:
    await _answer_whole(client, author)
    author.let = [asyncio.Event() for _ in WORDS]
    await client.say("once more")
    author.write(10)
    await eventually(lambda: _words_in(client.logged) == len(WORDS) + 10)
    if position.get("epoch") == "this":
        position = {**position, "epoch": client.opened["epoch"]}

    async with chatting(gateways[1]) as again:
        await again.resume(client.opened, **position)
        assert not again.opened["resumed"]
        await eventually(lambda: _words_in(again.logged) == 10)
        author.write(len(WORDS))
        await eventually(lambda: again.finished)

        snapshot, *events = again.events
        assert snapshot["type"] == "MESSAGES_SNAPSHOT"
        texts = [message["content"] for message in snapshot["messages"]]
        assert texts == ["tell me", "".join(WORDS), "once more"]
        assert [message["metadata"].get("answered") for message in snapshot["messages"]] == [
            True,
            None,
            False,
        ]
        assert events[0]["type"] == "RUN_STARTED"
        assert list(replies_of(events).values()) == ["".join(WORDS)]


async def _answer_whole(client: ChatClient, author: Author) -> None:
    await client.say("tell me")
    author.write(len(WORDS))
    await eventually(lambda: client.finished)


async def test_a_snapshot_comes_when_the_log_is_gone_and_frames_go_on_after_it(
    client: ChatClient, gateways: list[str], author: Author, redis_client: Redis
) -> None:
    await _answer_whole(client, author)
    await redis_client.delete(f"frames:{{0}}:{client.opened['conversation_id']}")

    async with chatting(gateways[0]) as again:
        await again.resume(client.opened, cursor="0-1", epoch=client.opened["epoch"])
        assert not again.opened["resumed"]
        await eventually(lambda: again.events)
        await again.say("more")
        await eventually(lambda: again.finished)

        assert [event["type"] for event in again.events].count("MESSAGES_SNAPSHOT") == 1
        assert list(again.replies.values()) == ["".join(WORDS)]


async def test_one_snapshot_is_sent_when_the_log_is_lost_in_the_middle_of_an_answer(
    client: ChatClient, gateways: list[str], author: Author, redis_client: Redis
) -> None:
    await client.say("tell me")
    author.write(10)
    await eventually(lambda: _words_in(client.logged) == 10)
    await redis_client.delete(f"frames:{{0}}:{client.opened['conversation_id']}")
    author.write(20)
    await eventually(lambda: _words_in(client.logged) == 20)

    async with chatting(gateways[1]) as again:
        await again.resume(client.opened)
        await eventually(lambda: again.events)
        for words in range(21, len(WORDS) + 1):
            author.write(words)
            await eventually(lambda words=words: _words_in(client.logged) == words)
        await eventually(lambda: again.finished)

        assert [event["type"] for event in again.events].count("MESSAGES_SNAPSHOT") == 1


async def test_a_vote_survives_in_the_snapshot(
    client: ChatClient, gateways: list[str], author: Author
) -> None:
    await _answer_whole(client, author)
    [reply_id] = client.replies
    await client.send(type="feedback", message_id=reply_id, rating="up")
    recorded = await client.custom("feedback.recorded")
    assert recorded["value"] == {"message_id": reply_id, "rating": "up", "reason": None}

    async with chatting(gateways[1]) as again:
        await again.resume(client.opened)
        await eventually(lambda: again.events)
        reply = again.events[0]["messages"][-1]
        assert (reply["id"], reply["metadata"]["feedback"]["rating"]) == (reply_id, "up")


async def test_a_socket_of_a_lost_conversation_is_closed_so_that_its_client_begins_anew(
    client: ChatClient, gateways: list[str], redis_client: Redis
) -> None:
    await redis_client.flushall()
    ref = await client.say("hello?")

    await client.error("not_found", ref)
    assert await client.closed() == 1012
    async with chatting(gateways[0]) as again:
        opened = client.opened
        await again.send(
            type="resume", session_token=opened["session_token"], conversation_id=opened["conversation_id"]
        )
        assert await again.closed() == 4401
