"""How often conversations are opened: what is opened takes room in the broker before a word is said."""

from dataclasses import dataclass

from services.gateway.limits import SocketLimits, public_network
from services.gateway.refusals import RefusedError
from services.shared.steps import Steps

MINUTE_MS = 60_000


@dataclass(frozen=True, kw_only=True)
class OpeningLimits:
    """How often a minute one session, one public address and everybody together may come."""

    steps: Steps
    sockets: SocketLimits
    per_session: int
    per_address: int
    in_all: int

    async def admit_start(self, address: str | None) -> None:
        """Someone wants a new conversation. Raises RefusedError when there were too many."""
        if network := public_network(address):
            await self._admit(f"opened:{network}", self.per_address, "from this address")
        await self._admit("opened", self.in_all, "at this service")

    async def admit_session(self, session_id: str) -> None:
        """A session starts or resumes. Raises RefusedError when it has too many windows, or comes too often."""
        if self.sockets.session_full(session_id):
            raise RefusedError("rate_limited", "too many open windows of this session: close one")
        await self._admit(f"opened:{session_id}", self.per_session, "of this session")

    async def _admit(self, key: str, limit: int, whose: str) -> None:
        wait_ms = await self.steps.admit(key, limit=limit, window_ms=MINUTE_MS)
        if wait_ms:
            message = f"too many conversations {whose} were opened in the last minute"
            raise RefusedError("rate_limited", message, retry_after_ms=wait_ms)
