"""Who a customer is, by the word of a host site: tokens that it signs and that are checked here.

A token is a JWT. The algorithm follows from our own key, never from the token, and nothing of a token is logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, Protocol, Self, TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.gateway.refusals import UnauthorizedError

Algorithm: TypeAlias = Literal["HS256", "RS256", "ES256"]

MAX_TOKEN_CHARACTERS = 4096
LONGEST_LIFE = timedelta(hours=24)
LEEWAY = timedelta(seconds=30)
LEAST_SECRET_BYTES = 32
LEAST_RSA_BITS = 2048
TOKEN_HEADER = "X-Identity-Token"  # noqa: S105 (the header's name)


class ForeignTokenError(Exception):
    """The token was not signed by this issuer."""


class Issuer(Protocol):
    """Someone whose word we take."""

    async def customer_of(self, token: str) -> str:
        """The customer that the token names.

        Raises ForeignTokenError when somebody else signed it, and UnauthorizedError when it is not good for anything.
        """
        ...


class Claims(BaseModel):
    """What a token must say."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    sub: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
    iat: float
    exp: float


@dataclass(frozen=True, kw_only=True)
class Key:
    """What signatures are checked with, and the one algorithm that goes with it."""

    algorithm: Algorithm
    material: Any

    @classmethod
    def of_secret(cls, secret: str) -> Self:
        """Raises ValueError for a secret that is too short to be one."""
        if len(secret.encode()) < LEAST_SECRET_BYTES:
            raise ValueError(
                f"must have at least {LEAST_SECRET_BYTES} bytes: `openssl rand -hex 32` makes one"
            )
        return cls(algorithm="HS256", material=secret)

    @classmethod
    def of_public_key(cls, pem: str) -> Self:
        """RS256 for an RSA key, ES256 for one on P-256. Raises ValueError for anything else."""
        try:
            key = load_pem_public_key(pem.replace("\\n", "\n").encode())
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError(
                "must be a public key as PEM, beginning with -----BEGIN PUBLIC KEY-----"
            ) from None
        match key:
            case RSAPublicKey(key_size=bits) if bits >= LEAST_RSA_BITS:
                return cls(algorithm="RS256", material=key)
            case EllipticCurvePublicKey(curve=SECP256R1()):
                return cls(algorithm="ES256", material=key)
        raise ValueError(f"must be an RSA key of at least {LEAST_RSA_BITS} bits, or an EC key on P-256")


@dataclass(frozen=True, kw_only=True)
class HostSite:
    """The site that the chat stands on, which knows its customers."""

    key: Key
    audience: str

    async def customer_of(self, token: str) -> str:
        return verified(token, self.key, audience=self.audience).sub


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Everyone whose word we take."""

    issuers: Sequence[Issuer]

    async def customer_of(self, token: str) -> str:
        """The customer that the token names. Raises UnauthorizedError, which says what is wrong with it."""
        if not self.issuers:
            raise UnauthorizedError("identity is not set up here: start without an identity_token")
        for issuer in self.issuers:
            try:
                return await issuer.customer_of(token)
            except ForeignTokenError:
                continue
        raise UnauthorizedError("the identity token is not one of ours: its form or its signature is wrong")


def verified(token: str, key: Key, *, audience: str) -> Claims:
    """What a token of this key says. Raises ForeignTokenError or UnauthorizedError."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise ForeignTokenError
    try:
        payload = jwt.decode(
            token,
            key.material,
            algorithms=[key.algorithm],
            audience=audience,
            leeway=LEEWAY,
            options={"require": ["sub", "exp", "iat", "aud"], "verify_sub": False, "verify_jti": False},
        )
        claims = Claims.model_validate(payload)
    except jwt.ExpiredSignatureError:
        raise UnauthorizedError("the identity token has expired: fetch a new one") from None
    except (jwt.InvalidAudienceError, jwt.ImmatureSignatureError, jwt.MissingRequiredClaimError) as error:
        raise UnauthorizedError(f"the identity token is refused: {_lack(error, audience)}") from None
    except ValidationError as error:
        claim = error.errors(include_input=False)[0]["loc"][0]
        raise UnauthorizedError(f"the identity token is refused: its {claim} is not as documented") from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise ForeignTokenError from None
    if claims.exp - claims.iat > LONGEST_LIFE.total_seconds():
        raise UnauthorizedError("the identity token is refused: it lives longer than 24 hours")
    return claims


def _lack(error: jwt.PyJWTError, audience: str) -> str:
    match error:
        case jwt.MissingRequiredClaimError(claim=claim):
            return f"it has no {claim}"
        case jwt.InvalidAudienceError():
            return f"its aud is not {audience}"
    return "it is not valid yet, one of the clocks may be wrong"
