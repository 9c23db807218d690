import asyncio
import signal
import socket

import httpx
import pytest

from services.shared.errors import SetupError
from services.shared.health import Check, HealthApp, HealthServer, failing


async def fine() -> str | None:
    return None


async def without_redis() -> str | None:
    return "no connection"


async def broken() -> str | None:
    raise ConnectionError("redis://bot:hunter22@broker refused")


async def stuck() -> str | None:
    await asyncio.Event().wait()
    return None


def pages(**checks: Check) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(HealthApp(checks)), base_url="http://service")


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def test_ready_is_200_and_names_each_check_when_all_is_well() -> None:
    async with pages(redis=fine, postgres=fine) as client:
        response = await client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": {"redis": "ok", "postgres": "ok"}}


async def test_ready_is_503_and_names_what_is_wrong_when_a_check_fails() -> None:
    async with pages(redis=without_redis, postgres=fine) as client:
        response = await client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "failing", "checks": {"redis": "no connection", "postgres": "ok"}}


async def test_a_check_that_raises_is_named_without_its_password() -> None:
    assert await failing({"redis": broken}) == {"redis": "ConnectionError: redis://[secret]@broker refused"}


async def test_a_check_that_hangs_is_cut_at_its_deadline_and_holds_up_no_other() -> None:
    problems = await failing({"postgres": stuck, "redis": without_redis}, within=0.01)

    assert problems == {"postgres": "no answer within 0.01 s", "redis": "no connection"}


async def test_the_process_is_alive_when_what_it_needs_is_gone() -> None:
    async with pages(redis=broken) as client:
        response = await client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_metrics_are_in_the_format_of_prometheus() -> None:
    async with pages() as client:
        response = await client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE process_cpu_seconds_total counter" in response.text


async def test_an_unknown_page_is_404() -> None:
    async with pages() as client:
        assert (await client.get("/admin")).status_code == 404


async def test_the_pages_are_served_while_the_block_runs(free_port: int) -> None:
    async with (
        HealthServer("127.0.0.1", free_port, {"redis": fine}),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as client,
    ):
        assert (await client.get("/readyz")).status_code == 200

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", free_port)


async def test_signals_stay_with_the_service_when_health_is_served(free_port: int) -> None:
    before = signal.getsignal(signal.SIGTERM)

    async with (
        HealthServer("127.0.0.1", free_port, {}),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as client,
    ):
        await client.get("/healthz")
        assert signal.getsignal(signal.SIGTERM) is before


async def test_starting_is_refused_in_one_line_when_the_port_is_busy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"cannot serve health on 127.0.0.1:{port} .*set HEALTH_PORT"):
            async with HealthServer("127.0.0.1", port, {}):
                pass


async def test_nothing_is_served_when_the_port_is_0() -> None:
    async with HealthServer("127.0.0.1", 0, {}) as server:
        assert isinstance(server, HealthServer)
