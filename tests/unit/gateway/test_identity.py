"""Which identity tokens are believed."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.gateway.identity import ForeignTokenError, HostSite, Identity, Key
from services.gateway.refusals import UnauthorizedError
from tests.identity_tokens import AUDIENCE, SECRET, a_token, claims, signed_by_hand

SITE = HostSite(key=Key.of_secret(SECRET), audience=AUDIENCE)
IDENTITY = Identity(issuers=[SITE])
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


async def customer(token: str) -> str:
    return await IDENTITY.customer_of(token)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sub": "auth0|5f7c8ec7c33c6c004bbafe82"},
        {"sub": "someone@example.com"},
        {"aud": ["other", AUDIENCE]},
        {"name": "Ada", "orders": [1, 2], "jti": 7},
    ],
)
async def test_the_customer_is_the_subject_of_a_good_token(changes: dict[str, Any]) -> None:
    token = a_token(**changes)

    assert await customer(token) == claims(**changes)["sub"]


async def test_clocks_may_differ_by_some_seconds() -> None:
    now = int(time.time())

    assert await customer(a_token(iat=now + 20)) == "cust-7"
    assert await customer(a_token(iat=now - 600, exp=now - 20)) == "cust-7"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aud": "another-service"}, "its aud is not supportbot"),
        ({"aud": None}, "it has no aud"),
        ({"sub": None}, "it has no sub"),
        ({"exp": None}, "it has no exp"),
        ({"iat": None}, "it has no iat"),
        ({"exp": 1_700_000_000}, "has expired"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_600}, "not valid yet"),
        ({"nbf": 4_000_000_000}, "not valid yet"),
        ({"exp": 4_000_000_000}, "longer than 24 hours"),
        ({"sub": ""}, "its sub is not as documented"),
        ({"sub": "two words"}, "its sub is not as documented"),
        ({"sub": "new\nline"}, "its sub is not as documented"),
        ({"sub": "trailing\n"}, "its sub is not as documented"),
        ({"sub": "ü"}, "its sub is not as documented"),
        ({"sub": "x" * 129}, "its sub is not as documented"),
    ],
)
async def test_a_token_that_is_not_good_is_refused_with_the_reason(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnauthorizedError, match=said):
        await customer(a_token(**changes))


@pytest.mark.parametrize(
    "value",
    [float("inf"), float("nan"), True, "soon", [], {}, 10**400, -1],
    ids=["inf", "nan", "true", "word", "list", "object", "huge", "negative"],
)
@pytest.mark.parametrize("claim", ["exp", "iat"])
async def test_a_time_that_is_none_is_refused(claim: str, value: Any) -> None:
    with pytest.raises(UnauthorizedError):
        await customer(a_token(**{claim: value}))


@pytest.mark.parametrize(
    "subject", [7, None, ["cust-7"], {}, True], ids=["number", "null", "list", "object", "true"]
)
async def test_a_subject_that_is_no_text_is_refused_with_the_reason(subject: Any) -> None:
    token = signed_by_hand({"alg": "HS256"}, claims() | {"sub": subject})

    with pytest.raises(UnauthorizedError, match=r"its sub is not as documented|it has no sub"):
        await customer(token)


async def test_a_refusal_says_nothing_of_the_token() -> None:
    token = a_token(sub="two words", note="planted")

    with pytest.raises(UnauthorizedError) as refused:
        await customer(token)

    assert "planted" not in str(refused.value)
    assert "two words" not in str(refused.value)


@pytest.mark.parametrize(("private", "algorithm"), [(RSA, "RS256"), (EC, "ES256")], ids=["RS256", "ES256"])
async def test_a_public_key_checks_its_own_algorithm_and_no_other(private: Any, algorithm: str) -> None:
    public = pem(private)
    identity = Identity(issuers=[HostSite(key=Key.of_public_key(public), audience=AUDIENCE)])

    assert await identity.customer_of(jwt.encode(claims(), private, algorithm=algorithm)) == "cust-7"
    # The oldest trick: the public key, which everybody has, taken for a secret.
    signature = jwt.get_algorithm_by_name("HS256")
    header, payload, _ = a_token().split(".")
    forged = signature.sign(f"{header}.{payload}".encode(), public.encode())
    with pytest.raises(UnauthorizedError):
        await identity.customer_of(f"{header}.{payload}.{jwt.utils.base64url_encode(forged).decode()}")


def test_a_public_key_may_stand_on_one_line() -> None:
    assert Key.of_public_key(pem(EC).replace("\n", "\\n")).algorithm == "ES256"


@pytest.mark.parametrize(
    "unfit",
    [
        "",
        "-----BEGIN PUBLIC KEY-----",
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
        pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),  # noqa: S505 (what it is about)
    ],
    ids=["empty", "cut", "P-384", "Ed25519", "short RSA"],
)
def test_a_key_of_another_kind_is_refused(unfit: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Key.of_public_key(unfit)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Key.of_secret("x" * 31)


async def test_the_next_issuer_is_asked_when_the_signature_is_not_of_the_first() -> None:
    other = HostSite(key=Key.of_secret("another secret that is long enough, too"), audience="other")

    assert await Identity(issuers=[other, SITE]).customer_of(a_token()) == "cust-7"
    with pytest.raises(ForeignTokenError):
        await other.customer_of(a_token())


async def test_without_an_issuer_the_refusal_says_that_identity_is_not_set_up() -> None:
    with pytest.raises(UnauthorizedError, match="not set up"):
        await Identity(issuers=[]).customer_of(a_token())
