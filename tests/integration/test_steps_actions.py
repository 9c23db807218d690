"""Proposals and their answers: exactly what was proposed, in time, once, and only by whom it was proposed to."""

import asyncio

import orjson
import pytest
from redis.asyncio import Redis

from services.shared.actions import Answer, Proposal
from services.shared.customer_steps import Answered
from services.shared.events import ActionConfirmed, ActionDeclined, ActionProposed
from services.shared.grants import Commit, Grant
from tests.builders import an_event
from tests.desk import CONVERSATION, MESSAGES, SESSION, Desk, texts

ARGUMENTS = {"order_id": "1042", "items": [], "note": "ä 1.0", "amount": 1.0, "none": None}
PROPOSAL = Proposal(action_id="a1", tool="cancel_order", arguments=ARGUMENTS)


@pytest.fixture
async def desk(redis_client: Redis) -> Desk:
    return await Desk(redis_client).set_up()


async def proposed(desk: Desk, *proposals: Proposal) -> Grant:
    """A turn that ends with proposals."""
    await desk.say("cancel it")
    grant = await desk.granted(await desk.delivered())
    events = [
        an_event(ActionProposed, conversation_id=CONVERSATION, action_id=each.action_id) for each in proposals
    ]
    await desk.steps.commit(grant, Commit(state="", events=events, proposals=proposals, reply_id="r1"))
    return grant


async def answer(
    desk: Desk, *, confirm: bool, action_id: str = "a1", session_id: str = SESSION, client_id: str = "x"
) -> Answered:
    kind = ActionConfirmed if confirm else ActionDeclined
    event = an_event(kind, conversation_id=CONVERSATION, action_id=action_id)
    frame = orjson.dumps({"answered": action_id}).decode()
    return await desk.steps.answer_action(event, session_id=session_id, client_id=client_id, frame=frame)


async def test_a_confirmed_proposal_is_the_next_turn_with_exactly_what_was_proposed(desk: Desk) -> None:
    await proposed(desk, PROPOSAL)

    assert await answer(desk, confirm=True) == "recorded"

    [said] = (await desk.granted(await desk.delivered())).inbox
    assert said.answer == Answer(action_id="a1", tool="cancel_order", arguments=ARGUMENTS, confirmed=True)
    assert said.text == ""
    assert [event["type"] for event in await desk.events(MESSAGES)] == ["MessageReceived", "ActionConfirmed"]
    assert (await desk.logged())[-1] == '{"answered":"a1"}'


async def test_a_declined_proposal_says_so(desk: Desk) -> None:
    await proposed(desk, PROPOSAL)
    await answer(desk, confirm=False)

    [said] = (await desk.granted(await desk.delivered())).inbox

    assert said.answer is not None
    assert not said.answer.confirmed


async def test_an_answer_is_taken_in_once_however_often_it_is_given_at_the_same_time(desk: Desk) -> None:
    await proposed(desk, PROPOSAL)

    outcomes = await asyncio.gather(*(answer(desk, confirm=True, client_id=f"c{n}") for n in range(10)))

    assert set(outcomes) == {"recorded"}
    assert await answer(desk, confirm=False) == "settled"
    assert len((await desk.granted(await desk.delivered())).inbox) == 1
    assert [event["type"] for event in await desk.events(MESSAGES)].count("ActionConfirmed") == 1


async def test_the_first_answer_counts_when_both_come_at_once(desk: Desk) -> None:
    await proposed(desk, PROPOSAL)

    outcomes = await asyncio.gather(*(answer(desk, confirm=number % 2 == 0) for number in range(10)))

    assert sorted(outcomes) == ["recorded"] * 5 + ["settled"] * 5
    assert len((await desk.granted(await desk.delivered())).inbox) == 1


async def test_an_expired_proposal_is_not_to_be_answered(desk: Desk) -> None:
    await proposed(desk, Proposal(action_id="a1", tool="t", arguments={}, lifetime_ms=0))

    assert await answer(desk, confirm=True) == "expired"
    assert await desk.redis.llen(desk.steps.keys(CONVERSATION).inbox) == 0  # type: ignore[misc]


@pytest.mark.parametrize(("action_id", "session_id"), [("a2", SESSION), ("a1", "s2"), ("", SESSION)])
async def test_nobody_answers_what_was_not_proposed_to_them(
    desk: Desk, action_id: str, session_id: str
) -> None:
    await proposed(desk, PROPOSAL)

    assert await answer(desk, confirm=True, action_id=action_id, session_id=session_id) == "not_found"


async def test_a_worker_without_the_turn_proposes_nothing(desk: Desk) -> None:
    await desk.say("one")
    grant = await desk.granted(await desk.delivered())
    await desk.steps.commit(grant, Commit(state=""))

    assert await desk.steps.commit(grant, Commit(state="", proposals=[PROPOSAL])) == "fenced"
    assert await answer(desk, confirm=True) == "not_found"


async def test_an_answer_and_a_message_are_answered_in_the_order_in_which_they_came(desk: Desk) -> None:
    await proposed(desk, PROPOSAL)
    await answer(desk, confirm=True)
    await desk.say("and hurry")

    grant = await desk.granted(await desk.delivered())

    assert [bool(message.answer) for message in grant.inbox] == [True, False]
    assert texts(grant) == ["", "and hurry"]


async def test_an_answer_that_waits_is_overdue_like_a_message(redis_client: Redis) -> None:
    desk = await Desk(redis_client, time_limit_ms=0).set_up()
    await proposed(desk, PROPOSAL)
    await answer(desk, confirm=True)

    assert await desk.steps.overdue(0) == [CONVERSATION]


async def test_a_snapshot_says_what_became_of_a_proposal_and_shows_its_answer_as_no_message(
    desk: Desk,
) -> None:
    await desk.say("cancel it")
    grant = await desk.granted(await desk.delivered())
    card = {"id": "a1", "role": "activity", "activityType": "action", "content": {"action_id": "a1"}}
    await desk.steps.commit(
        grant, Commit(state="", proposals=[PROPOSAL], transcript=[orjson.dumps(card).decode()])
    )

    states = []
    for confirm in (None, True):
        if confirm:
            await answer(desk, confirm=True)
        [shown] = orjson.loads((await desk.frames.snapshot(CONVERSATION)).event)["messages"]
        states.append(shown["content"]["state"])

    assert states == ["open", "confirmed"]
