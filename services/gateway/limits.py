"""What one client may do, and what may be said of a handshake before it is accepted."""

import ipaddress
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.gateway.refusals import RefusedError


def origin_allowed(origin: str | None, host: str | None, allowed: frozenset[str]) -> bool:
    """Whether a page of `origin` may open a socket to `host`. Programs send no Origin and may.

    Same origin means the same host and port; anything else must stand in the list, letter by letter.
    """
    if origin is None or origin in allowed:
        return True
    return host is not None and origin in {f"http://{host}", f"https://{host}"}


@dataclass
class Strikes:
    """Counts bad frames in a sliding window of seconds; `out` when there were too many."""

    limit: int = 10
    window: float = 60.0
    _times: deque[float] = field(default_factory=deque)

    def out(self) -> bool:
        """Count one more and say whether the limit is reached."""
        now = time.monotonic()
        self._times.append(now)
        while self._times[0] < now - self.window:
            self._times.popleft()
        return len(self._times) >= self.limit


@dataclass
class SocketLimits:
    """How many sockets one session and one public network hold at this gateway."""

    per_session: int
    per_address: int
    _sessions: Counter[str] = field(default_factory=Counter)
    _networks: Counter[str] = field(default_factory=Counter)

    def address_full(self, address: str | None) -> bool:
        network = public_network(address)
        return network is not None and self._networks[network] >= self.per_address

    def check_session(self, session_id: str) -> None:
        """Raises RefusedError when the session has as many sockets as it may."""
        if self._sessions[session_id] >= self.per_session:
            raise RefusedError("rate_limited", "too many open windows of this session: close one")

    @contextmanager
    def address(self, address: str | None) -> Iterator[None]:
        with _counted(self._networks, public_network(address) or ""):
            yield

    def enter_session(self, session_id: str) -> None:
        self._sessions[session_id] += 1

    def leave_session(self, session_id: str) -> None:
        _less(self._sessions, session_id)


def public_network(address: str | None) -> str | None:
    """One customer's network: an IPv4 address, or the /64 of an IPv6 one; None for a proxy's or this machine's."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if not found.is_global:
        return None
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


@contextmanager
def _counted(counter: Counter[str], key: str) -> Iterator[None]:
    counter[key] += 1
    try:
        yield
    finally:
        _less(counter, key)


def _less(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
