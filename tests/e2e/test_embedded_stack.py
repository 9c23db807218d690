"""`supportbot up` as its users have it: what it survives, and what it leaves behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import Stack
from tests.ports import free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(240)

SUPPORTBOT = str(Path(sys.executable).with_name("supportbot"))
SERVICES = ("gateway", "router_worker", "tools_worker", "persistence_worker")
SERVERS = {"redis": "redis.sock", "postgres": "postgres/cluster"}


@dataclass(frozen=True)
class Up:
    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def started(data_dir: Path, *options: str) -> Iterator[Up]:
    """`supportbot up`, ready; at the end it is interrupted if it still runs."""
    port, log = free_port(), data_dir.with_name("up.log")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [SUPPORTBOT, "up", "--no-browser", "--port", str(port), "--data-dir", str(data_dir), *options],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    up = Up(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_until(lambda: f"ready:  {up.url}" in log.read_text(), within=90, tell=log.read_text)
        yield up
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="supportbot-up-"))
    folder.chmod(0o755)  # Postgres runs as a user of its own when the tests run as root
    yield folder / "data"
    shutil.rmtree(folder)


def test_questions_are_answered_when_any_process_has_been_killed_and_nothing_is_left_at_the_end(
    data_dir: Path,
) -> None:
    with started(data_dir, "--scale", "router_worker=2") as stack:
        assert len(pids(data_dir, "services.router_worker.app")) == 2
        assert "return" in ask(stack.url, "What is your return policy?")
        for name in SERVICES:
            kill(data_dir, f"services.{name}.app")
        for words in SERVERS.values():
            kill(data_dir, words)
        wait_until(lambda: run("ask", "hi", "--url", stack.url).returncode == 0, within=60)
        assert "1042" in ask(stack.url, "Where is my order 1042?", as_="ada")
        assert len(pids(data_dir, "services.router_worker.app")) == 2
        stack.process.send_signal(signal.SIGINT)
        assert stack.process.wait(timeout=40) == 0
        assert processes(data_dir) == {}


def test_a_conversation_goes_through_a_pipe(stack: Stack) -> None:
    questions = "where is my order\n99999\n1042\nWhat is your return policy?\n"
    done = run("chat", "--as", "ada", "--url", stack.url, said=questions)
    assert done.returncode == 0, done.stderr
    places = [done.stdout.index(words) for words in ("order number", "Order 1042: ", "Sources: [1] ")]
    assert places == sorted(places)


def test_the_next_start_goes_on_when_the_supervisor_itself_was_killed(data_dir: Path) -> None:
    with started(data_dir) as stack:
        ask(stack.url, "hi")
        stack.process.kill()
        stack.process.wait()
        wait_until(lambda: processes(data_dir) == {}, within=20, tell=lambda: str(processes(data_dir)))
    with started(data_dir) as stack:
        assert "1042" in ask(stack.url, "Where is my order 1042?", as_="ada")
        told = run("events", "tail", "--type", "MessageReceived", "--redis-url", redis_url(data_dir)).stdout
        assert [line for line in told.splitlines() if "text=hi" in line]
    assert processes(data_dir) == {}


def test_a_second_start_on_the_same_data_says_that_it_runs_already(stack: Stack) -> None:
    second = run("up", "--no-browser", "--data-dir", str(stack.data_dir), "--port", str(free_port()))
    assert second.returncode == 1
    assert f"it already runs on {stack.data_dir}: {stack.url}" in second.stderr


def test_nothing_goes_on_when_a_service_says_that_its_settings_are_wrong(data_dir: Path) -> None:
    done = run(
        *("up", "--no-browser", "--data-dir", str(data_dir), "--port", str(free_port())),
        OPENAI_API_KEY="sk-of-nobody",
    )
    assert done.returncode == 78
    assert "cannot start: settings are wrong: OPENAI_MODEL" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert processes(data_dir) == {}


def ask(url: str, question: str, as_: str = "guest") -> str:
    done = run("ask", question, "--as", as_, "--url", url)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(*arguments: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SUPPORTBOT, *arguments],
        env={**os.environ, **environment},
        input=said,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def redis_url(data_dir: Path) -> str:
    return f"unix://{data_dir}/redis/run/redis.sock"


def kill(data_dir: Path, words: str) -> None:
    found = pids(data_dir, words)
    assert found, f"no process with {words} among {processes(data_dir)}"
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def pids(data_dir: Path, words: str) -> list[int]:
    return [pid for pid, command in processes(data_dir).items() if words in command]


def processes(data_dir: Path) -> dict[int, str]:
    """Every process of the stack, by what it was started with or in, but not the supervisor and those who ask."""
    return {
        int(folder.name): command
        for folder in Path("/proc").iterdir()
        if folder.name.isdecimal()
        and str(data_dir).encode() in _read(folder / "environ") + _read(folder / "cmdline")
        and "supportbot\0" not in (command := _read(folder / "cmdline").decode(errors="replace"))
    }


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
