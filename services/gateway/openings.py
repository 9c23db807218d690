"""How often conversations are opened: what is opened takes room in the broker before a word is said."""

from dataclasses import dataclass

from services.gateway.limits import SocketLimits, public_network
from services.gateway.rates import admit
from services.shared.customer_steps import CustomerSteps


@dataclass(frozen=True, kw_only=True)
class OpeningLimits:
    """How often a minute one session, one public address and everybody together may come."""

    steps: CustomerSteps
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
        self.sockets.check_session(session_id)
        await self._admit(f"opened:{session_id}", self.per_session, "of this session")

    async def _admit(self, key: str, limit: int, whose: str) -> None:
        refusal = f"too many conversations {whose} were opened in the last minute"
        await admit(self.steps, key, per_minute=limit, refusal=refusal)
