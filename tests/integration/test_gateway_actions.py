"""What a client says to a proposal, over a real socket."""

import pytest
from redis.asyncio import Redis

from services.shared.actions import Proposal
from services.shared.entries import Entry
from services.shared.grants import Commit
from services.shared.steps import Steps
from services.shared.streams import CHAT_MESSAGES
from tests.chat_client import ChatClient, chatting
from tests.eventually import eventually

PROPOSAL = Proposal(action_id="a1", tool="cancel_order", arguments={"order_id": "1042"})


@pytest.fixture
async def proposed_to(client: ChatClient, redis_client: Redis) -> ChatClient:
    """A client to whom a turn has proposed something."""
    conversation_id = client.opened["conversation_id"]
    await client.acknowledged(await client.say("cancel it"))
    nobody = Entry(stream=CHAT_MESSAGES.key(0), group="router", entry_id="")
    steps = Steps(redis_client)
    grant = await steps.begin(conversation_id, nobody, token="t", new_turn_id="turn", lease_ms=5_000)
    assert grant is not None
    await steps.commit(grant, Commit(state="", proposals=[PROPOSAL], reply_id="r1"))
    return client


async def test_every_tab_is_told_of_the_answer_when_one_of_them_confirms(
    proposed_to: ChatClient, gateway: str
) -> None:
    async with chatting(gateway) as second:
        await second.resume(proposed_to.opened)
        await proposed_to.send(type="confirm", action_id="a1")
        told = [(await tab.custom("action.answered"))["value"] for tab in (proposed_to, second)]

    assert told[0] == told[1]
    assert (told[0]["action_id"], told[0]["answer"]) == ("a1", "confirmed")


async def test_the_answer_given_first_stands(proposed_to: ChatClient) -> None:
    await proposed_to.send(type="decline", action_id="a1")
    await proposed_to.send(type="decline", action_id="a1")
    await proposed_to.error("conflict", await proposed_to.send(type="confirm", action_id="a1"))

    answered = [
        frame for frame in proposed_to.frames if frame.get("event", {}).get("name") == "action.answered"
    ]
    assert [frame["event"]["value"]["answer"] for frame in answered] == ["declined"]


async def test_another_session_answers_nothing(proposed_to: ChatClient, gateway: str) -> None:
    async with chatting(gateway) as stranger:
        await stranger.start()
        await stranger.error("not_found", await stranger.send(type="confirm", action_id="a1"))
        await stranger.still_answers()
    await proposed_to.error("not_found", await proposed_to.send(type="confirm", action_id="a2"))


async def test_a_confirmation_is_an_event_of_the_conversation(
    proposed_to: ChatClient, redis_client: Redis
) -> None:
    await proposed_to.send(type="confirm", action_id="a1")

    async def kinds() -> bool:
        entries = await redis_client.xrange(CHAT_MESSAGES.key(0))
        return b'{"type":"ActionConfirmed"' in entries[-1][1][b"__data__"]

    await eventually(kinds)
