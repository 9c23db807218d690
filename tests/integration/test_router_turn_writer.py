"""Writing a reply frame by frame under the fence."""

import asyncio

import orjson
import pytest
from redis.asyncio import Redis

from services.router_worker.turn_writer import TurnWriter
from services.shared.events import StopRequested
from services.shared.grants import Grant
from tests.builders import an_event
from tests.chat_client import replies_of
from tests.desk import CONVERSATION, SESSION, Desk
from tests.eventually import eventually

WORDS = [f"wörd{number} " for number in range(200)]


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    return await Desk(redis_client).set_up()


@pytest.fixture
async def grant(desk: Desk) -> Grant:
    await desk.say("hello")
    return await desk.granted(await desk.delivered())


@pytest.fixture
async def writer(desk: Desk, grant: Grant) -> TurnWriter:
    return TurnWriter(desk.steps, grant, message_id="r1")


async def shown(desk: Desk) -> str:
    """The reply's text as a client has it."""
    events = [orjson.loads(frame) for frame in await desk.logged()]
    return replies_of([event for event in events if "type" in event]).get("r1", "")


async def test_text_is_written_whole_and_in_fewer_frames_than_pieces(desk: Desk, writer: TurnWriter) -> None:
    async def work() -> None:
        for word in WORDS:
            await writer.say(word)

    assert await writer.run(work()) == "finished"
    assert await shown(desk) == writer.text == "".join(WORDS)
    assert len(await desk.logged()) < len(WORDS) / 2
    assert writer.rest() == []


async def test_the_first_words_are_shown_at_once_and_later_ones_without_waiting_for_more(
    desk: Desk, writer: TurnWriter
) -> None:
    gate = asyncio.Event()

    async def work() -> None:
        await writer.say("first ")
        await writer.say("second")
        await gate.wait()

    running = asyncio.create_task(writer.run(work()))

    async def both() -> bool:
        return await shown(desk) == "first second"

    await eventually(both, within=2)
    gate.set()
    assert await running == "finished"


async def test_what_was_said_is_what_is_shown_when_the_customer_stops_it(
    desk: Desk, grant: Grant, writer: TurnWriter
) -> None:
    async def work() -> None:
        while True:
            await writer.say("word ")
            await asyncio.sleep(0)

    running = asyncio.create_task(writer.run(work()))
    await eventually(lambda: len(writer.text) > 1000)
    event = an_event(StopRequested, conversation_id=CONVERSATION, turn_id=grant.turn_id)
    await desk.steps.request_stop(event, session_id=SESSION)

    async with asyncio.timeout(1):
        assert await running == "stop"
    assert await shown(desk) == writer.text


async def test_a_worker_without_words_still_learns_that_it_is_to_stop(
    desk: Desk, grant: Grant, writer: TurnWriter
) -> None:
    running = asyncio.create_task(writer.run(asyncio.Event().wait()))  # type: ignore[arg-type]
    event = an_event(StopRequested, conversation_id=CONVERSATION, turn_id=grant.turn_id)
    await desk.steps.request_stop(event, session_id=SESSION)

    async with asyncio.timeout(2):
        assert await running == "stop"


async def test_a_worker_that_lost_its_turn_is_ended_and_writes_nothing_more(
    desk: Desk, grant: Grant, writer: TurnWriter
) -> None:
    running = asyncio.create_task(writer.run(asyncio.Event().wait()))  # type: ignore[arg-type]

    async def taken_over() -> bool:
        await desk.steps.renew(grant, lease_ms=0)
        return await desk.begin(grant.entry) is not None

    await eventually(taken_over)

    async with asyncio.timeout(2):
        assert await running == "fenced"
    before = await desk.logged()
    await writer.say("too late")
    await writer.flush()
    assert await desk.logged() == before


async def test_what_goes_wrong_in_the_work_is_told_after_its_words_were_written(
    desk: Desk, writer: TurnWriter
) -> None:
    async def work() -> None:
        await writer.say("half ")
        await writer.say("a word")
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await writer.run(work())
    assert await shown(desk) == "half a word"


async def test_a_reply_begun_anew_replaces_what_was_shown(desk: Desk, writer: TurnWriter) -> None:
    await writer.say("your refund is")
    writer.restate("sorry")
    await writer.flush()

    assert await shown(desk) == "sorry"
