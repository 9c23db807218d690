"""The embedded servers: ready soon, keeping what they were given, gone with their parent."""

import itertools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from services.cli.embedded import child
from services.cli.embedded.postgres_server import PostgresServer
from services.cli.embedded.redis_server import RedisServer
from services.shared.errors import SetupError
from tests.waiting import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="supportbot-embedded-"))
    made.chmod(0o755)  # Postgres runs as a user of its own when the tests run as root
    yield made
    shutil.rmtree(made)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What a test has started; ended at its end."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def start(
    server: RedisServer | PostgresServer, processes: list[subprocess.Popen[bytes]]
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    processes.append(process)
    wait_until(server.is_ready, within=20)
    return process


def end(server: RedisServer | PostgresServer, process: subprocess.Popen[bytes]) -> None:
    process.send_signal(server.end_signal)
    assert process.wait(timeout=20) == 0


def test_redis_keeps_what_it_has_acknowledged_when_it_is_killed(
    folder: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    server = RedisServer(folder / "redis")
    server.prepare()
    first = start(server, processes)
    with Redis.from_url(server.url) as redis:
        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        for number in range(100):
            redis.xadd("stream", {"number": number})
    first.kill()
    first.wait()
    start(server, processes)
    with Redis.from_url(server.url) as redis:
        assert redis.xlen("stream") == 100


def test_a_second_redis_waits_when_the_first_one_still_has_the_files(
    folder: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    server = RedisServer(folder / "redis")
    server.prepare()
    first = start(server, processes)
    second = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    processes.append(second)
    assert server_pid(server) == first.pid
    first.kill()
    first.wait()
    wait_until(lambda: server.is_ready() and server_pid(server) == second.pid, within=20)


async def test_postgres_keeps_what_it_has_committed_when_it_is_killed(
    folder: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    server = PostgresServer(folder / "postgres")
    server.prepare()
    first = start(server, processes)
    await run_sql(server, "CREATE TABLE things AS SELECT 1042 AS number")
    first.kill()
    first.wait()
    server.prepare()  # as the next `up` does; it must leave a cluster alone
    process = start_again(server, processes)
    assert await run_sql(server, "SELECT number FROM things") == 1042
    assert await run_sql(server, "SHOW listen_addresses") == ""
    end(server, process)


def test_a_cluster_of_another_postgres_is_left_alone(folder: Path) -> None:
    server = PostgresServer(folder / "postgres")
    (folder / "postgres" / "cluster").mkdir(parents=True)
    (folder / "postgres" / "cluster" / "PG_VERSION").write_text("15\n")
    with pytest.raises(SetupError, match="was made by Postgres 15"):
        server.prepare()


def test_a_half_made_cluster_is_made_anew(folder: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    server = PostgresServer(folder / "postgres")
    (folder / "postgres" / "unfinished").mkdir(parents=True)
    (folder / "postgres" / "unfinished" / "PG_VERSION").write_text("18\n")
    server.prepare()
    end(server, start(server, processes))


def test_a_child_ends_when_its_parent_was_killed(folder: Path) -> None:
    server = RedisServer(folder / "redis")
    server.prepare()
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(server.data_dir)])
    wait_until(server.is_ready, within=20)
    parent.kill()
    parent.wait()
    wait_until(lambda: not server.is_ready(), within=10)


def test_a_child_does_not_start_when_its_parent_has_gone_already() -> None:
    done = subprocess.run(
        child.command(["/bin/echo", "started"], parent=2**22 - 1), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stdout == ""


def test_starts_keep_their_distance_when_a_program_dies_at_once(folder: Path) -> None:
    command = child.command(["/bin/sh", "-c", "date +%s.%N"], pace=folder)
    times = [float(subprocess.check_output(command, text=True)) for _ in range(3)]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.9


PARENT = """
import subprocess, sys
from pathlib import Path
from services.cli.embedded.redis_server import RedisServer
subprocess.run(RedisServer(Path(sys.argv[1])).command(), stdout=subprocess.DEVNULL)
"""


def start_again(server: PostgresServer, processes: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """As the supervisor does: until the killed server's own children have gone, a new one gives up."""

    def ready() -> bool:
        if processes[-1].poll() is not None:
            processes.append(subprocess.Popen(server.command(), stderr=subprocess.DEVNULL))
        return server.is_ready()

    wait_until(ready, within=30)
    return processes[-1]


def server_pid(server: RedisServer) -> int:
    with Redis.from_url(server.url) as redis:
        pid: int = redis.info("server")["process_id"]
        return pid


async def run_sql(server: PostgresServer, statement: str) -> object:
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
