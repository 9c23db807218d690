"""The demo shop's customers at the gateway, and what they are in the shop."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import jwt
import pytest
from redis.asyncio import Redis

from services.gateway.demo import AUDIENCE, CUSTOMERS, GUEST
from tests.chat_client import chatting
from tests.identity_tokens import SECRET, a_token
from tests.running import running_gateway


@pytest.fixture
async def gateway(redis_url: str, redis_client: Redis) -> AsyncIterator[str]:  # noqa: ARG001
    async with running_gateway(redis_url, gateway_demo_customers=True) as address:
        yield address


async def get(gateway: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        found: dict[str, Any] = (await http.get(f"http://{gateway}/demo/customers")).json()
        return found


async def post(gateway: str, body: Any, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.post(f"http://{gateway}/demo/identity", json=body, headers=headers)


async def test_each_demo_customer_can_be_signed_in_as(gateway: str) -> None:
    customers = (await get(gateway))["customers"]
    assert len(customers) == 2
    for customer in customers:
        answer = (await post(gateway, {"customer_id": customer["customer_id"]})).json()
        assert 0 < answer["expires_in"] <= 3600
        async with chatting(gateway) as client:
            await client.start(identity_token=answer["identity_token"])
            assert client.opened["customer_id"] == customer["customer_id"]


async def test_what_the_demo_offers_is_true_in_the_demo_shop(database: asyncpg.Connection) -> None:
    for customer in CUSTOMERS:
        owner = await database.fetchrow(
            "SELECT customer_id, name FROM shop.orders JOIN shop.customers USING (customer_id) WHERE order_id = $1",
            customer.order_id,
        )
        assert dict(owner) == {"customer_id": customer.customer_id, "name": customer.name}
    email = await database.fetchval(
        "SELECT email FROM shop.orders JOIN shop.customers USING (customer_id) WHERE order_id = $1",
        GUEST["order_id"],
    )
    assert email == GUEST["email"]
    assert "1042" in {customer.order_id for customer in CUSTOMERS}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"customer_id": "cus_emma"}, 404),
        ({"customer_id": ""}, 404),
        ({"customer_id": 1}, 400),
        ({"customer_id": "cus_ada", "aud": "supportbot"}, 400),
        ({"customer_id": "x" * 5000}, 400),
        ({}, 400),
        ([], 400),
        (None, 400),
    ],
    ids=["another", "nobody", "number", "more", "long", "nothing", "list", "null"],
)
async def test_nobody_else_can_be_signed_in_as(gateway: str, body: Any, status: int) -> None:
    answer = await post(gateway, body)

    assert answer.status_code == status
    assert "identity_token" not in answer.json()


async def test_a_page_of_another_origin_gets_no_token(gateway: str) -> None:
    for origin in ("https://evil.example", "null", f"http://{gateway}.evil.example"):
        assert (await post(gateway, {"customer_id": "cus_ada"}, origin=origin)).status_code == 403
    assert (await post(gateway, {"customer_id": "cus_ada"}, origin=f"http://{gateway}")).status_code == 200


async def test_another_gateway_takes_the_token(gateway: str, redis_url: str) -> None:
    token = (await post(gateway, {"customer_id": "cus_ada"})).json()["identity_token"]
    async with (
        running_gateway(redis_url, gateway_demo_customers=True, gateway_identity_secret=SECRET) as second,
        chatting(second) as client,
        chatting(second) as of_the_shop,
    ):
        await client.start(identity_token=token)
        await of_the_shop.start(identity_token=a_token())

        assert client.opened["customer_id"] == "cus_ada"
        assert of_the_shop.opened["customer_id"] == "cust-7"


async def test_the_demos_own_secret_makes_no_other_customer(gateway: str, redis_client: Redis) -> None:
    token = (await post(gateway, {"customer_id": "cus_ada"})).json()["identity_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    secret = await redis_client.get("identity:demo")
    assert claims["aud"] == AUDIENCE
    async with chatting(gateway) as client:
        await client.send(
            type="start", identity_token=jwt.encode(claims | {"sub": "cus_emma"}, secret, algorithm="HS256")
        )

        assert await client.closed() == 4401


async def test_where_the_demo_is_off_there_is_nobody_to_be(gateway: str, redis_url: str) -> None:
    token = (await post(gateway, {"customer_id": "cus_ada"})).json()["identity_token"]
    async with running_gateway(redis_url) as shop:
        assert await get(shop) == {"customers": [], "guest": None}
        assert (await post(shop, {"customer_id": "cus_ada"})).status_code == 404
        async with chatting(shop) as client:
            await client.send(type="start", identity_token=token)
            assert await client.closed() == 4401
