"""Only a good token says who the customer is, over real sockets."""

import time

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.chat_client import chatting
from tests.identity_tokens import SECRET, a_token, by_hand, claims, signed_by_hand
from tests.integration.gateway_identity.recorded import ASKED, agui, recorded
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


async def test_a_bad_token_is_refused_over_plain_text_and_http_too(gateway: str, redis_client: Redis) -> None:
    forged = {"X-Identity-Token": a_token("another secret that is quite long enough")}
    async with connect(f"ws://{gateway}/ws?format=text", additional_headers=forged) as socket:
        assert str(await socket.recv()).startswith("error: unauthorized: ")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
    async with httpx.AsyncClient() as http:
        answer = await http.post(agui(gateway), json=ASKED, headers=forged)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert await recorded(redis_client) == []


async def test_a_token_is_refused_with_the_reason_where_identity_is_not_set_up(
    redis_url: str,
    redis_client: Redis,  # noqa: ARG001
) -> None:
    async with running_gateway(redis_url) as address, chatting(address) as client:
        ref = await client.send(type="start", identity_token=a_token())

        assert "not set up" in (await client.error("unauthorized", ref))["message"]
        assert await client.closed() == 4401
