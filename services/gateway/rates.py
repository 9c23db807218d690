"""How often something may be done in a minute, counted at the broker for all gateways together."""

from services.gateway.refusals import RefusedError
from services.shared.customer_steps import CustomerSteps

MINUTE_MS = 60_000


async def admit(steps: CustomerSteps, key: str, *, per_minute: int, refusal: str) -> None:
    """Count one use of `key`. Raises RefusedError with this refusal when it was used so often in the last minute."""
    if wait_ms := await steps.admit(key, limit=per_minute, window_ms=MINUTE_MS):
        raise RefusedError("rate_limited", refusal, retry_after_ms=wait_ms)
