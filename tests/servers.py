"""The real servers that tests talk to.

Each comes from the environment (SUPPORTBOT_TEST_REDIS_URL, SUPPORTBOT_TEST_DATABASE_URL), else from a
container when an engine answers and has the image, else from the binaries of the embedded stack.
"""

import functools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis

from services.cli.embedded.postgres_server import PostgresServer
from services.cli.embedded.redis_server import RedisServer, find_redis_server
from tests.ports import free_port

# Set before testcontainers is imported: its reaper needs an image of its own, and without the connection mode
# it asks each possible address for minutes.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")

REDIS_IMAGES = ("redis:8",)
POSTGRES_IMAGES = ("postgres:18", "postgres:17")
START_SECONDS = 20


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
            yield Server(url, f"embedded ({find_redis_server()})")


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
            yield Server(url, "embedded")


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
    with _data_directory("redis") as directory:
        server = RedisServer(directory)
        server.prepare()
        with _running(server, directory):
            yield f"redis://127.0.0.1:{_listen(server.url)}/0"


def _listen(socket_url: str) -> int:
    """Have the embedded server listen on TCP, too, as a container does: tests cut it off through a proxy."""
    port = free_port()
    with Redis.from_url(socket_url) as client:
        client.config_set("bind", "127.0.0.1")
        client.config_set("port", port)
    return port


@contextmanager
def _embedded_postgres() -> Iterator[str]:
    with _data_directory("postgres") as directory:
        server = PostgresServer(directory)
        server.prepare()
        with (server.data_dir / "cluster" / "postgresql.conf").open("a") as configuration:
            configuration.write("fsync = off\n")  # nothing here must survive the machine
        with _running(server, directory):
            yield server.url


@contextmanager
def _data_directory(name: str) -> Iterator[Path]:
    """A directory inside one that the server's own user may enter."""
    with tempfile.TemporaryDirectory(prefix="supportbot-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory, name)


@contextmanager
def _running(server: RedisServer | PostgresServer, directory: Path) -> Iterator[None]:
    log = directory.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(server.command(), stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the embedded server does not start:\n{log.read_text()}")
            time.sleep(0.02)
        yield
    finally:
        process.send_signal(server.end_signal)
        process.wait(START_SECONDS)
