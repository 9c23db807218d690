"""What other commands know of the stack that runs here."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli import stack
from services.cli.client import socket_url
from services.cli.embedded.sockets import make_private, socket_directory
from services.cli.errors import ChatError


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """A data directory on whose supervisor's socket somebody listens."""
    make_private(stack.supervisor_socket(tmp_path).parent, os.geteuid())
    with socket.socket(socket.AF_UNIX) as supervisor:
        supervisor.bind(str(stack.supervisor_socket(tmp_path)))
        supervisor.listen()
        stack.write_addresses(
            tmp_path, {"REDIS_URL": "unix:///here", "SUPPORTBOT_URL": "http://127.0.0.1:1?a=b"}
        )
        yield tmp_path


def test_the_addresses_are_known_while_the_stack_runs(running: Path) -> None:
    assert stack.read_addresses(running) == {
        "REDIS_URL": "unix:///here",
        "SUPPORTBOT_URL": "http://127.0.0.1:1?a=b",
    }
    assert not stack.ended_badly(running)


def test_the_addresses_of_a_stack_that_was_killed_count_for_nothing(tmp_path: Path) -> None:
    stack.write_addresses(tmp_path, {"REDIS_URL": "unix:///here"})
    assert stack.read_addresses(tmp_path) == {}
    assert stack.ended_badly(tmp_path)


def test_the_environment_wins_over_the_stack_that_runs(
    running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    monkeypatch.delenv("SUPPORTBOT_URL", raising=False)
    stack.use_running_stack(running)
    assert os.environ["REDIS_URL"] == "redis://elsewhere"
    assert os.environ.pop("SUPPORTBOT_URL") == "http://127.0.0.1:1?a=b"


def test_nobody_else_may_read_the_addresses(tmp_path: Path) -> None:
    (tmp_path / "stack.env").touch(mode=0o644)
    stack.write_addresses(tmp_path, {})
    assert (tmp_path / "stack.env").stat().st_mode & 0o777 == 0o600


def test_the_usual_url_is_asked_when_no_stack_runs_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert stack.chat_url(None) == stack.DEFAULT_URL
    assert stack.chat_url("http://there") == "http://there"


@pytest.mark.parametrize("name", ["a" * 120, "with space", "ümlaut", "a,b"])
def test_a_socket_lies_elsewhere_when_the_path_would_not_do(tmp_path: Path, name: str) -> None:
    directory = socket_directory(tmp_path / name)
    assert tmp_path not in directory.parents
    assert directory == socket_directory(tmp_path / name)
    assert len(os.fsencode(directory)) < 80


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws"),
        ("https://shop.example/bot/", "wss://shop.example/bot/ws"),
        ("ws://127.0.0.1:8000/ws", "ws://127.0.0.1:8000/ws"),
    ],
)
def test_the_socket_is_found_from_the_page(given: str, made: str) -> None:
    assert socket_url(given) == made


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(ChatError, match="is not an address such as"):
        socket_url("127.0.0.1:8000")
