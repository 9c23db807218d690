"""Health over HTTP: /healthz (the process lives), /readyz (what it needs is there), /metrics (Prometheus)."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias

import orjson
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.shared.errors import SetupError
from services.shared.redaction import redact_text

CHECK_SECONDS = 2.0

Check: TypeAlias = Callable[[], Awaitable[str | None]]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


async def failing(checks: Mapping[str, Check], within: float = CHECK_SECONDS) -> dict[str, str]:
    """What is wrong, by the name of the check; empty when all is well. Each check has the same deadline."""

    async def problem(check: Check) -> str | None:
        try:
            async with asyncio.timeout(within):
                return await check()
        except TimeoutError:
            return f"no answer within {within:g} s"
        except Exception as error:  # noqa: BLE001 - whatever a check raises is its answer
            return redact_text(f"{type(error).__name__}: {error}")

    problems = await asyncio.gather(*(problem(check) for check in checks.values()))
    return {name: text for name, text in zip(checks, problems, strict=True) if text is not None}


class HealthApp:
    """The three pages as an ASGI application."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def __call__(self, scope: Message, _receive: Receive, send: Send) -> None:
        status, content_type, body = await self._page(scope["path"])
        headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _page(self, path: str) -> tuple[int, str, bytes]:
        match path:
            case "/healthz":
                return _json(200, {"status": "ok"})
            case "/readyz":
                problems = await failing(self._checks)
                states = {name: problems.get(name, "ok") for name in self._checks}
                status = "failing" if problems else "ok"
                return _json(503 if problems else 200, {"status": status, "checks": states})
            case "/metrics":
                return 200, CONTENT_TYPE_LATEST, generate_latest()
            case _:
                return _json(404, {"status": "not found"})


def _json(status: int, content: Mapping[str, Any]) -> tuple[int, str, bytes]:
    return status, "application/json", orjson.dumps(content)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process's signals belong to the service, not to this server."""
        yield


class HealthServer:
    """Serves the three pages while the block runs. Port 0 serves nothing; a busy port raises SetupError."""

    def __init__(self, host: str, port: int, checks: Mapping[str, Check]) -> None:
        self._host = host
        self._port = port
        config = uvicorn.Config(
            HealthApp(checks),
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._port:
            listener = _listen(self._host, self._port)
            self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._serving:
            self._server.should_exit = True
            await self._serving


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = f"cannot serve health on {host}:{port} ({os.strerror(error.errno or 0)})"
        raise SetupError(f"{reason}; set HEALTH_PORT to a free port, or 0 for none") from None
