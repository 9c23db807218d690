"""Every event of a customer's conversation names the customer."""

import httpx
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from tests.chat_client import chatting
from tests.eventually import eventually
from tests.identity_tokens import a_token
from tests.integration.gateway_identity.recorded import ASKED, agui, recorded_at_least


async def test_every_event_of_a_customers_conversation_names_the_customer(
    gateway: str, redis_client: Redis
) -> None:
    async with chatting(gateway) as client:
        await client.start(identity_token=a_token(), language="de")
        assert client.opened["customer_id"] == "cust-7"
        await client.acknowledged(await client.say("hello"))
    async with chatting(gateway) as later:
        await later.resume(client.opened)
        assert later.opened["customer_id"] == "cust-7"
        await later.acknowledged(await later.say("again"))

    events = await eventually(lambda: recorded_at_least(redis_client, 7))
    assert {event["type"]: event.get("customer_id") for event in events} == dict.fromkeys(
        ("ConversationStarted", "ClientConnected", "MessageReceived", "ClientDisconnected"), "cust-7"
    )
    assert events[0]["language"] == "de"


async def test_the_customer_is_named_over_plain_text_and_http_too(gateway: str, redis_client: Redis) -> None:
    signed = {"X-Identity-Token": a_token(), "Accept-Language": "de-AT, en;q=0.5"}
    async with connect(f"ws://{gateway}/ws?format=text", additional_headers=signed) as socket:
        await socket.send("hello")
        await eventually(lambda: recorded_at_least(redis_client, 3))
    async with httpx.AsyncClient() as http, http.stream("POST", agui(gateway), json=ASKED, headers=signed):
        events = await eventually(lambda: recorded_at_least(redis_client, 7))

    assert {event.get("customer_id") for event in events} == {"cust-7"}
    started = [event for event in events if event["type"] == "ConversationStarted"]
    assert [(event["channel"], event["language"]) for event in started] == [
        ("text", "de-AT"),
        ("web", "de-AT"),
    ]
