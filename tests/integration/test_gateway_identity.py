"""Who the customer is, over real sockets: only a good token says so, and every event carries it."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.chat_client import chatting
from tests.eventually import eventually
from tests.identity_tokens import SECRET, a_token, by_hand, claims, signed_by_hand
from tests.running import running_gateway

GOOD_HEADER = {"alg": "HS256", "typ": "JWT"}
FOREIGN_KEY = ec.generate_private_key(ec.SECP256R1())


def bad_tokens() -> dict[str, str]:
    """Tokens that look like something, by what is wrong with them."""
    now = int(time.time())
    good = a_token()
    header, payload, signature = good.split(".")
    return {
        "empty": "",
        "a word": "ada",
        "a customer id": "cust-7",
        "one dot": f"{header}.{payload}",
        "four parts": f"{good}.{signature}",
        "no signature": f"{header}.{payload}.",
        "no payload": f"{header}..{signature}",
        "no header": f".{payload}.{signature}",
        "signature cut": good[:-2],
        "signature of another": f"{header}.{payload}.{a_token(sub='other').split('.')[2]}",
        "payload of another": f"{header}.{a_token(sub='cus_ada').split('.')[1]}.{signature}",
        "leading blank": f" {good}",
        "bearer": f"Bearer {good}",
        "not base64": "€.€.€",
        "padding": f"{good}==",
        "null bytes": "\x00" * 40,
        "long": "a" * 4096,
        "json": '{"sub":"cust-7"}',
        "path": "../../etc/passwd",
        "wild card": "*",
        "alg none": by_hand({"alg": "none", "typ": "JWT"}, claims()),
        "alg None": by_hand({"alg": "None"}, claims()),
        "alg nOnE signed": signed_by_hand({"alg": "nOnE"}, claims()),
        "alg empty": by_hand({"alg": ""}, claims()),
        "alg null": by_hand({"alg": None}, claims()),
        "alg a list": by_hand({"alg": ["HS256", "none"]}, claims()),
        "no alg": by_hand({"typ": "JWT"}, claims()),
        "alg HS512": jwt.encode(claims(), SECRET + SECRET, algorithm="HS512"),
        "alg HS384": jwt.encode(claims(), SECRET + SECRET, algorithm="HS384"),
        "alg ES256": jwt.encode(claims(), FOREIGN_KEY, algorithm="ES256"),
        "alg lower case": signed_by_hand({"alg": "hs256"}, claims()),
        "key in the header": by_hand(
            GOOD_HEADER | {"jwk": {"kty": "oct", "k": "AAAA"}}, claims(), b"\x00" * 32
        ),
        "key by address": by_hand(GOOD_HEADER | {"jku": "http://127.0.0.1:9/keys"}, claims(), b"\x00" * 32),
        "key by path": by_hand(GOOD_HEADER | {"kid": "../../../dev/null"}, claims(), b"\x00" * 32),
        "critical": signed_by_hand(GOOD_HEADER | {"crit": ["exp"]}, claims()),
        "unencoded": signed_by_hand(GOOD_HEADER | {"b64": False, "crit": ["b64"]}, claims()),
        "header a list": by_hand([], claims()),  # type: ignore[arg-type]
        "payload a list": signed_by_hand(GOOD_HEADER, ["cust-7"]),
        "payload a text": signed_by_hand(GOOD_HEADER, "cust-7"),
        "payload null": signed_by_hand(GOOD_HEADER, None),
        "empty secret": by_hand(GOOD_HEADER, claims(), b""),
        "wrong secret": a_token("another secret that is quite long enough"),
        "secret in upper case": a_token(SECRET.upper()),
        "expired": a_token(iat=now - 7200, exp=now - 3600),
        "from the future": a_token(iat=now + 3600, exp=now + 7200),
        "not yet": a_token(nbf=now + 3600),
        "for ever": a_token(exp=now + 10 * 365 * 86_400),
        "no expiry": a_token(exp=None),
        "no issue": a_token(iat=None),
        "no audience": a_token(aud=None),
        "no subject": a_token(sub=None),
        "of another service": a_token(aud="shop"),
        "of the demo": a_token(aud="supportbot-demo", sub="cus_ada"),
        "audience a number": signed_by_hand(GOOD_HEADER, claims(aud=7)),
        "subject empty": a_token(sub=""),
        "subject a number": signed_by_hand(GOOD_HEADER, claims(sub=7)),
        "subject a list": signed_by_hand(GOOD_HEADER, claims(sub=["cust-7"])),
        "subject two lines": a_token(sub="cust-7\nadmin"),
        "expiry endless": signed_by_hand(GOOD_HEADER, claims(exp=float("inf"))),
        "expiry no number": signed_by_hand(GOOD_HEADER, claims(exp=float("nan"))),
    }


BAD_TOKENS = bad_tokens()


@pytest.fixture
async def gateway(redis_url: str, redis_client: Redis) -> AsyncIterator[str]:  # noqa: ARG001
    async with running_gateway(redis_url, gateway_identity_secret=SECRET) as address:
        yield address


async def recorded(redis: Redis) -> list[dict[str, Any]]:
    entries = [
        entry for stream in ("chat.sessions.{0}", "chat.messages.{0}") for entry in await redis.xrange(stream)
    ]
    return [orjson.loads(fields[b"__data__"]) for _, fields in entries]


@pytest.mark.parametrize("kind", BAD_TOKENS)
async def test_a_bad_token_opens_nothing(
    gateway: str, redis_client: Redis, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    token = BAD_TOKENS[kind]
    async with chatting(gateway) as client:
        ref = await client.send(type="start", identity_token=token)

        error = await client.error("unauthorized", ref)
        assert error["fatal"]
        assert await client.closed() == 4401
    assert await recorded(redis_client) == []
    assert not await redis_client.keys("session:*")
    assert not [part for part in token.split(".") if len(part) > 8 and part in caplog.text + error["message"]]


async def test_a_good_token_never_stands_in_a_log_a_key_or_an_event(
    gateway: str,
    redis_client: Redis,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    token = a_token()
    async with chatting(gateway) as client:
        await client.start(identity_token=token)
        await client.acknowledged(await client.say("hello"))
        await client.send(type="start", identity_token=token)
        await client.error("bad_request", (await client.send(type="start", identity_token=token)))

    output = "".join((caplog.text, *capfd.readouterr(), *map(str, await recorded(redis_client))))
    assert not [part for part in token.split(".") if part in output]
    assert not [frame for frame in client.frames if token in str(frame)]


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

    events = await eventually(lambda: _all_of(redis_client, 7))
    assert {event["type"]: event.get("customer_id") for event in events} == dict.fromkeys(
        ("ConversationStarted", "ClientConnected", "MessageReceived", "ClientDisconnected"), "cust-7"
    )
    assert events[0]["language"] == "de"


async def test_the_customer_is_named_over_plain_text_and_http_too(gateway: str, redis_client: Redis) -> None:
    signed = {"X-Identity-Token": a_token(), "Accept-Language": "de-AT, en;q=0.5"}
    async with connect(f"ws://{gateway}/ws?format=text", additional_headers=signed) as socket:
        await socket.send("hello")
        await eventually(lambda: _all_of(redis_client, 3))
    async with httpx.AsyncClient() as http, http.stream("POST", _agui(gateway), json=ASKED, headers=signed):
        events = await eventually(lambda: _all_of(redis_client, 7))

    assert {event.get("customer_id") for event in events} == {"cust-7"}
    started = [event for event in events if event["type"] == "ConversationStarted"]
    assert [(event["channel"], event["language"]) for event in started] == [
        ("text", "de-AT"),
        ("web", "de-AT"),
    ]


async def test_a_bad_token_is_refused_over_plain_text_and_http_too(gateway: str, redis_client: Redis) -> None:
    forged = {"X-Identity-Token": a_token("another secret that is quite long enough")}
    async with connect(f"ws://{gateway}/ws?format=text", additional_headers=forged) as socket:
        assert str(await socket.recv()).startswith("error: unauthorized: ")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
    async with httpx.AsyncClient() as http:
        answer = await http.post(_agui(gateway), json=ASKED, headers=forged)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert await recorded(redis_client) == []


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


async def test_a_token_is_refused_with_the_reason_where_identity_is_not_set_up(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    async with running_gateway(redis_url) as address, chatting(address) as client:
        ref = await client.send(type="start", identity_token=a_token())

        assert "not set up" in (await client.error("unauthorized", ref))["message"]
        assert await client.closed() == 4401


async def test_a_thread_of_a_guest_is_not_the_customers(gateway: str) -> None:
    async with httpx.AsyncClient() as http:
        async with http.stream("POST", _agui(gateway), json=ASKED) as guest:
            guests = guest.headers["x-session-token"]
        headers = {"Authorization": f"Bearer {guests}", "X-Identity-Token": a_token()}
        async with http.stream("POST", _agui(gateway), json=ASKED, headers=headers) as customer:
            customers = customer.headers["x-session-token"]
        headers["Authorization"] = f"Bearer {customers}"
        async with http.stream("POST", _agui(gateway), json=ASKED, headers=headers) as again:
            assert again.headers["x-session-token"] == customers

    assert guests != customers


ASKED = {
    "threadId": "thread-1",
    "runId": "run-1",
    "messages": [{"id": "m1", "role": "user", "content": "hello"}],
}


def _agui(gateway: str) -> str:
    return f"http://{gateway}/agui"


async def _all_of(redis: Redis, count: int) -> list[dict[str, Any]]:
    """Everything that was recorded, once it is so much."""
    events = await recorded(redis)
    return events if len(events) >= count else []
