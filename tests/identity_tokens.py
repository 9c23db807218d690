"""Identity tokens as host sites make them, good and bad."""

import base64
import json
import time
from typing import Any

import jwt

SECRET = "a-secret-of-the-host-site-for-tests-only"
AUDIENCE = "supportbot"


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token; a change to None takes one away."""
    now = int(time.time())
    found = {"sub": "cust-7", "aud": AUDIENCE, "iat": now, "exp": now + 600, **changes}
    return {name: value for name, value in found.items() if value is not None}


def a_token(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, algorithm=algorithm)


def by_hand(header: dict[str, Any], payload: Any, signature: bytes = b"") -> str:
    """A token as a library would never make it."""
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def signed_by_hand(header: dict[str, Any], payload: Any) -> str:
    """The same with a right signature of the host site's secret."""
    unsigned = by_hand(header, payload).rpartition(".")[0]
    signature = jwt.get_algorithm_by_name("HS256").sign(unsigned.encode(), SECRET.encode())
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
