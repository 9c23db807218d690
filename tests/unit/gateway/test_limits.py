import pytest

from services.gateway.limits import SocketLimits, Strikes, origin_allowed
from services.gateway.refusals import RefusedError


def test_the_tenth_strike_is_out() -> None:
    strikes = Strikes(limit=10, window=60)

    assert [strikes.out() for _ in range(10)] == [False] * 9 + [True]


def test_strikes_are_forgotten_when_the_window_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("services.gateway.limits.time.monotonic", lambda: now)
    strikes = Strikes(limit=2, window=60)
    assert not strikes.out()
    now += 61

    assert not strikes.out()
    assert strikes.out()


def test_a_session_is_full_until_one_of_its_sockets_leaves() -> None:
    limits = SocketLimits(per_session=2, per_address=20)
    for _ in range(2):
        limits.check_session("s")
        limits.enter_session("s")

    with pytest.raises(RefusedError, match="too many open windows"):
        limits.check_session("s")
    limits.check_session("other")
    limits.leave_session("s")
    limits.check_session("s")


def test_only_public_addresses_are_counted() -> None:
    limits = SocketLimits(per_session=5, per_address=1)
    for address in ("8.8.8.8", "127.0.0.1", "10.0.0.7", "2001:4860:4860::8888", "::1"):
        with limits.address(address):
            assert limits.address_full(address) is (address in {"8.8.8.8", "2001:4860:4860::8888"})
        assert not limits.address_full(address)


def test_one_home_is_one_network_however_many_addresses_it_has() -> None:
    limits = SocketLimits(per_session=5, per_address=1)
    with limits.address("2a00:1450:4001:82a::1"), limits.address("::ffff:8.8.8.8"):
        assert limits.address_full("2a00:1450:4001:82a:ffff::2")
        assert limits.address_full("8.8.8.8")
        assert not limits.address_full("2a00:1450:4001:82b::1")


def test_nothing_is_kept_of_who_has_left() -> None:
    limits = SocketLimits(per_session=5, per_address=5)
    limits.enter_session("s")
    with limits.address("8.8.8.8"):
        pass
    limits.leave_session("s")

    assert not limits._sessions
    assert not limits._networks


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "shop.example", True),
        ("https://shop.example", "shop.example", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("https://partner.example", "shop.example", True),
        ("https://shop.example:8443", "shop.example", False),
        ("https://partner.example.evil.example", "shop.example", False),
        ("null", "null", False),
        ("http://None", None, False),
        ("", "", False),
        ("http://[::1", "shop.example", False),
    ],
)
def test_an_origin_is_the_same_host_or_on_the_list(
    origin: str | None, host: str | None, allowed: bool
) -> None:
    assert origin_allowed(origin, host, frozenset({"https://partner.example"})) is allowed
