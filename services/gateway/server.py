"""How the gateway is served: a bound socket, bounded frames, an orderly end."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from services.shared.errors import SetupError
from services.shared.frames import MAX_FRAME_BYTES

SHUTDOWN_SECONDS = 10
# The kernel would hold some megabytes for a reader that does not read, beside what the gateway holds.
SEND_BUFFER_BYTES = 131_072
UNREAD_MS = 60_000


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises SetupError naming the port when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)  # of each accepted socket
    if sys.platform == "linux":  # the kernel drops a peer that takes nothing for so long
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    try:
        bound.bind((host, port))
    except OSError as error:
        message = f"port {port} on {host} cannot be used ({error.strerror}): set another GATEWAY_PORT"
        raise SetupError(message) from None
    return bound


class Server(uvicorn.Server):
    """A server that ends on SIGTERM and SIGINT and leaves its process alive to finish."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def server_config(app: FastAPI) -> uvicorn.Config:
    """How the gateway is served: frames bounded, nothing compressed, idle connections found out."""
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        server_header=False,
    )
