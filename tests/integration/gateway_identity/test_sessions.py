"""Whose a session and its conversations are, and for how long."""

from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from tests.chat_client import chatting
from tests.identity_tokens import a_token
from tests.integration.gateway_identity.recorded import ASKED, agui


async def test_who_knows_a_guests_session_gains_nothing_when_the_guest_signs_in(gateway: str) -> None:
    async with chatting(gateway) as guest:
        await guest.start()
    known = {"session_token": guest.opened["session_token"]}
    async with chatting(gateway) as customer:
        await customer.start(**known, identity_token=a_token())
        assert customer.opened["customer_id"] == "cust-7"
        assert customer.opened["session_token"] != known["session_token"]
    async with chatting(gateway) as thief:
        await thief.start(**known)
        assert thief.opened["customer_id"] is None
    async with chatting(gateway) as thief:
        ref = await thief.send(type="resume", **known, conversation_id=customer.opened["conversation_id"])
        await thief.error("not_found", ref)


async def test_who_is_no_longer_signed_in_is_a_guest_in_a_session_of_their_own(gateway: str) -> None:
    async with chatting(gateway) as customer:
        await customer.start(identity_token=a_token())
    async with chatting(gateway) as guest:
        await guest.start(session_token=customer.opened["session_token"])

        assert guest.opened["customer_id"] is None
        assert guest.opened["session_id"] != customer.opened["session_id"]


async def test_a_session_keeps_its_customer_when_another_signs_in(gateway: str) -> None:
    async with chatting(gateway) as first:
        await first.start(identity_token=a_token())
    known = {"session_token": first.opened["session_token"]}
    async with chatting(gateway) as second:
        await second.start(**known, identity_token=a_token(sub="cust-8"))
        assert second.opened["customer_id"] == "cust-8"
        assert second.opened["session_id"] != first.opened["session_id"]
    async with chatting(gateway) as again:
        await again.start(**known, identity_token=a_token())
        assert again.opened["customer_id"] == "cust-7"
        assert again.opened["session_id"] == first.opened["session_id"]


async def test_a_customers_conversation_opens_to_its_own_session_alone(gateway: str) -> None:
    async with chatting(gateway) as owner:
        await owner.start(identity_token=a_token())
    told = []
    for changes in ({"sub": "cust-8"}, {"sub": "cust-7"}, None):
        async with chatting(gateway) as other:
            await other.start(**({"identity_token": a_token(**changes)} if changes else {}))
        for conversation_id in (owner.opened["conversation_id"], "0" * 32):
            async with chatting(gateway) as thief:
                wanted = {"session_token": other.opened["session_token"], "conversation_id": conversation_id}
                error = await thief.error("not_found", await thief.send(type="resume", **wanted))
                told.append(error["message"])

    assert len(told) == 6
    assert len(set(told)) == 1


async def test_of_five_hundred_tries_at_other_customers_conversations_none_opens_one(gateway: str) -> None:
    owners = [await _customer_with_words(gateway, f"cust-{number}") for number in range(23)]
    answers: list[dict[str, Any]] = []
    for thief in owners:
        others = [owner["conversation_id"] for owner in owners if owner is not thief]
        async with chatting(gateway) as client:
            for conversation_id in others:
                known = {"session_token": thief["session_token"], "conversation_id": conversation_id}
                await client.send(type="resume", **known)
            await client.frame(lambda _, client=client: len(client.frames) == 22)
            answers += client.frames

    assert len(answers) == 23 * 22
    assert {(answer["code"], answer["message"]) for answer in answers} == {
        ("not_found", "there is no such conversation")
    }


async def _customer_with_words(gateway: str, customer_id: str) -> dict[str, Any]:
    """What the customer knows of a conversation in which something was said."""
    async with chatting(gateway) as client:
        await client.start(identity_token=a_token(sub=customer_id))
        await client.acknowledged(await client.say(f"a secret of {customer_id}"))
        return client.opened


@pytest.mark.parametrize(
    "frame",
    [{"type": "message", "text": "and one more"}, {"type": "confirm", "action_id": "a1"}],
    ids=["message", "confirm"],
)
async def test_a_signed_in_session_ends_for_good_when_its_time_is_over(
    gateway: str, redis_client: Redis, frame: dict[str, str]
) -> None:
    async with chatting(gateway) as client:
        await client.start(identity_token=a_token())
        [key] = await redis_client.keys("session:*")
        await client.acknowledged(await client.say("hello"))
        assert 0 < await redis_client.ttl(key) <= 24 * 3600
        await redis_client.delete(key)

        await client.error("unauthorized", await client.send(**frame))
        assert await client.closed() == 4401


async def test_a_guests_session_lives_on_from_its_first_message(gateway: str, redis_client: Redis) -> None:
    async with chatting(gateway) as client:
        await client.start()
        keys = [*await redis_client.keys("session:*"), *await redis_client.keys("conversation:*")]
        unused = [await redis_client.ttl(key) for key in keys]
        await client.acknowledged(await client.say("hello"))
        used = [await redis_client.ttl(key) for key in keys]

    assert len(keys) == 2
    assert max(unused) <= 2 * 3600
    assert min(used) > 29 * 86_400


async def test_a_thread_of_a_guest_is_not_the_customers(gateway: str) -> None:
    async with httpx.AsyncClient() as http:
        async with http.stream("POST", agui(gateway), json=ASKED) as guest:
            guests = guest.headers["x-session-token"]
        headers = {"Authorization": f"Bearer {guests}", "X-Identity-Token": a_token()}
        async with http.stream("POST", agui(gateway), json=ASKED, headers=headers) as customer:
            customers = customer.headers["x-session-token"]
        headers["Authorization"] = f"Bearer {customers}"
        async with http.stream("POST", agui(gateway), json=ASKED, headers=headers) as again:
            assert again.headers["x-session-token"] == customers

    assert guests != customers
