"""What keeps `supportbot up` from starting, in one line each."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.preflight import check_port, make_data_dir, parse_scale
from services.cli.up import page_url
from services.shared.errors import SetupError


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_busy_port_is_named_with_the_way_out(busy_port: int) -> None:
    with pytest.raises(
        SetupError, match=f"^port {busy_port} is in use, choose another with --port or PORT=$"
    ):
        check_port("127.0.0.1", busy_port)


def test_a_port_is_free_again_when_its_holder_has_gone() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(SetupError, match="--host"):
        check_port("192.0.2.1", 18999)


@pytest.mark.parametrize(
    "given", ["gateway=2", "router_worker", "router_worker=0", "router_worker=-1", "bot=3"]
)
def test_scaling_is_refused_when_it_makes_no_sense(given: str) -> None:
    with pytest.raises(SetupError, match="router_worker, tools_worker, persistence_worker"):
        parse_scale([given])


def test_the_last_count_holds_when_a_worker_is_scaled_twice() -> None:
    assert parse_scale(["router_worker=2", "tools_worker=4", "router_worker=3"]) == {
        "router_worker": 3,
        "tools_worker": 4,
    }


def test_a_data_directory_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="choose another --data-dir"):
        make_data_dir(tmp_path / "file" / "data")


def test_the_data_directory_keeps_itself_out_of_version_control(tmp_path: Path) -> None:
    make_data_dir(tmp_path / "data")
    assert (tmp_path / "data" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::", "http://[::1]:8000"),
        ("shop.example", "http://shop.example:8000"),
    ],
)
def test_the_page_has_a_url_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert page_url(host, 8000) == url
