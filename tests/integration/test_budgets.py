"""What a session may cost in a day: the gateway refuses, and the way to a person stays open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from services.router_worker.language_models.budgeted import BudgetedModel
from services.router_worker.language_models.protocol import IntentDecision, TextDelta, Usage
from services.shared.budget import Budget
from services.shared.settings import BudgetSettings
from tests.chat_client import ChatClient, chatting
from tests.fakes import ScriptedModel
from tests.running import running_gateway, running_router

LIMIT = 100_000


@pytest.fixture
def budget(redis_client: Redis) -> Budget:
    return Budget(redis_client, BudgetSettings(session_tokens=LIMIT, day_tokens=3 * LIMIT))


async def refused(client: ChatClient, text: str) -> str:
    error = await client.error("budget_exhausted", await client.say(text))
    assert not error["fatal"]
    return str(error["message"])


async def test_a_budget_is_spent_when_its_tokens_are_used(budget: Budget) -> None:
    await budget.add("s1", LIMIT - 1)
    assert not await budget.session_is_spent("s1")

    await budget.add("s1", 1)
    await budget.add("s2", LIMIT)
    assert await budget.session_is_spent("s1")
    assert not await budget.session_is_spent("s3")
    assert not await budget.day_is_spent()

    await budget.add("s3", LIMIT)
    assert await budget.day_is_spent()


async def test_a_limit_of_nothing_is_none(redis_client: Redis) -> None:
    budget = Budget(redis_client, BudgetSettings(session_tokens=0, day_tokens=0))
    await budget.add("s1", 10**9)

    assert not await budget.session_is_spent("s1")
    assert not await budget.day_is_spent()


async def test_what_was_counted_is_forgotten_after_the_day(budget: Budget, redis_client: Redis) -> None:
    await budget.add("s1", 1)

    assert [86_400 <= await redis_client.ttl(key) <= 2 * 86_400 for key in await redis_client.keys()] == [
        True,
        True,
    ]


async def test_no_turn_is_lost_when_tokens_cannot_be_counted(redis_client: Redis, redis_url: str) -> None:
    async with Redis.from_url(redis_url.replace("/0", "/9999")) as nowhere:
        await Budget(nowhere, BudgetSettings()).add("s1", 1)

    assert not await redis_client.keys("tokens:*")


async def test_a_session_over_its_budget_is_refused_and_may_then_say_little(
    redis_url: str, budget: Budget
) -> None:
    async with running_gateway(redis_url, session_tokens=LIMIT) as gateway, chatting(gateway) as client:
        await client.start()
        await client.acknowledged(await client.say("within the budget", client_id="m1"))
        await budget.add(client.opened["session_id"], LIMIT)

        assert "talk to a person" in await refused(client, "and one more question")
        for text in ("and another", "and another", "and another"):
            await client.acknowledged(await client.say(text))
        await refused(client, "and another")
        # The way to a person stays open, and what was accepted before is no new message.
        await client.acknowledged(await client.say("talk to a person"))
        await client.acknowledged(await client.say("my address is a@example.com"))
        await client.acknowledged(await client.say("within the budget", client_id="m1"))


@pytest.mark.parametrize(
    "text",
    ["I would like to talk to a person.", "HUMAN!", "Ich möchte mit einem Menschen sprechen"],
    ids=["page", "shout", "German"],
)
async def test_who_asks_for_a_person_at_once_is_not_refused(
    redis_url: str, budget: Budget, text: str
) -> None:
    async with running_gateway(redis_url, session_tokens=LIMIT) as gateway, chatting(gateway) as client:
        await client.start()
        await budget.add(client.opened["session_id"], LIMIT)

        await client.acknowledged(await client.say(text))
        await client.acknowledged(await client.say(text))
        await client.acknowledged(await client.say(text))
        await refused(client, text)


async def test_another_session_is_not_refused(redis_url: str, redis_client: Redis, budget: Budget) -> None:
    async with running_gateway(redis_url, session_tokens=LIMIT) as gateway, chatting(gateway) as client:
        await client.start()
        await budget.add("of another", LIMIT)

        await client.still_answers()
    assert await redis_client.keys("tokens:*")


def a_budgeted_model(budget: Budget) -> BudgetedModel:
    """One whose paid model reports some use for each reply, and whose free one hands over to a person."""
    cost = Usage(purpose="reply", model="paid", latency_ms=1, input_tokens=120, output_tokens=30)
    to_a_person = IntentDecision(intent="talk_to_person", confidence=1.0, action="handoff")
    return BudgetedModel(
        paid=ScriptedModel(name="paid", script=lambda _: [TextDelta(text="paid for"), cost]),
        free=ScriptedModel(name="offline", decide=lambda _: to_a_person),
        budget=budget,
    )


@asynccontextmanager
async def paid_chat(redis_url: str, budget: Budget) -> AsyncIterator[ChatClient]:
    """A conversation whose first answer the paid model has given."""
    async with (
        running_gateway(redis_url, session_tokens=LIMIT) as gateway,
        running_router(redis_url, a_budgeted_model(budget)),
        chatting(gateway) as client,
    ):
        await client.start()
        assert await client.ask("hello") == "paid for"
        yield client


async def test_who_asks_on_and_on_ends_with_a_person_and_not_with_a_bill(
    redis_url: str, redis_client: Redis, budget: Budget
) -> None:
    async with paid_chat(redis_url, budget) as client:
        await budget.add(client.opened["session_id"], LIMIT)
        await refused(client, "and one more question")

        await client.ask("I want to talk to a person")
        assert [event for event in client.events if event.get("name") == "handoff"]
        spent = [await redis_client.get(key) for key in await redis_client.keys("tokens:*")]
        await client.ask("thanks")
        assert [await redis_client.get(key) for key in await redis_client.keys("tokens:*")] == spent


async def test_everybody_is_answered_for_free_when_the_days_budget_is_gone(
    redis_url: str, budget: Budget
) -> None:
    async with paid_chat(redis_url, budget) as client:
        for number in range(3):
            await budget.add(f"s{number}", LIMIT)

        assert await client.ask("hello") not in {"", "paid for"}
