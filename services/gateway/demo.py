"""The demo shop's customers, to be tried out without a host site: who they are, and tokens that say so."""

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import jwt
from redis.asyncio import Redis

from services.gateway.identity import ForeignTokenError, Key, verified

AUDIENCE = "supportbot-demo"
TOKEN_LIFE = timedelta(minutes=15)
SECRET_NAME = "identity:demo"  # noqa: S105 (where it is, not what it is)
SECRET_LIFE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DemoCustomer:
    """Someone of the demo shop, with an order to ask about."""

    customer_id: str
    name: str
    order_id: str


CUSTOMERS = (
    DemoCustomer(customer_id="cus_ada", name="Ada Whitfield", order_id="1042"),
    DemoCustomer(customer_id="cus_ben", name="Ben Okafor", order_id="1043"),
)
GUEST = {"order_id": "1046", "email": "emma@example.com"}
OFFER: dict[str, Any] = {"customers": [asdict(customer) for customer in CUSTOMERS], "guest": GUEST}
NO_OFFER: dict[str, Any] = {"customers": [], "guest": None}

_IDS = frozenset(customer.customer_id for customer in CUSTOMERS)


@dataclass(frozen=True, kw_only=True)
class DemoShop:
    """Signs identity tokens for the demo's customers, and takes its own word for them and for nobody else.

    Its secret is random, made by the gateway that needs it first, and shared with the others through Redis.
    """

    redis: Redis

    async def token_for(self, customer_id: str) -> str | None:
        """An identity token; None for somebody who is not of the demo."""
        if customer_id not in _IDS:
            return None
        now, key = datetime.now(UTC), await self._key()
        claims = {"sub": customer_id, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_LIFE}
        return jwt.encode(claims, key.material, algorithm=key.algorithm)

    async def customer_of(self, token: str) -> str:
        customer_id = verified(token, await self._key(), audience=AUDIENCE).sub
        if customer_id not in _IDS:
            raise ForeignTokenError
        return customer_id

    async def _key(self) -> Key:
        new = secrets.token_hex(32)
        old = cast("bytes | None", await self.redis.set(SECRET_NAME, new, nx=True, get=True, ex=SECRET_LIFE))
        return Key.of_secret(old.decode() if old else new)
