"""The whole product as its processes, and a real browser."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.e2e.watched import complaints
from tests.ports import free_port
from tests.waiting import wait_until

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=15_000)  # the first answer waits for workers that may still be starting
WORKERS = 3
HOST_SITE_SECRET = "a secret of the tests that is long enough"
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Stack:
    """A running embedded stack."""

    url: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def embedded_stack(data_dir: Path, **environment: str) -> Iterator[Stack]:
    """`supportbot up` on a free port until the block ends."""
    port, log = free_port(), data_dir / "up.log"
    data_dir.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("supportbot"),
                "up",
                "--no-browser",
                f"--port={port}",
                f"--data-dir={data_dir}",
            ],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack = Stack(url=f"http://127.0.0.1:{port}", data_dir=data_dir, process=process, log=log)
    try:
        wait_until(lambda: answers(stack), within=60, tell=log.read_text)
        yield stack
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=40)


def answers(stack: Stack) -> bool:
    assert stack.process.poll() is None, stack.log.read_text()
    try:
        return httpx.get(f"{stack.url}/readyz", timeout=2).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="session")
def shop_port() -> int:
    """Where a test may serve another site whose pages the gateway lets in."""
    return free_port()


@pytest.fixture(scope="session")
def stack(shop_port: int) -> Iterator[Stack]:
    """One stack for the tests that leave it as they found it."""
    settings = {
        "GATEWAY_ALLOWED_ORIGINS": f"http://127.0.0.1:{shop_port}",
        "GATEWAY_IDENTITY_SECRET": HOST_SITE_SECRET,
        "ROUTER_OFFLINE_PACE_MS": "40",  # an answer lasts long enough to be cut
    }
    folder = Path(tempfile.mkdtemp(prefix="supportbot-e2e-"))
    folder.chmod(0o755)  # Postgres runs as a user of its own when the tests run as root
    with embedded_stack(folder / "data", **settings) as running:
        # A message waits for its worker; a test of seconds should not have to wait for all of them to start.
        wait_until(lambda: running.log.read_text().count(" ready ") >= WORKERS, within=120)
        yield running
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, "no Chromium: install the package chromium, then run the tests again"
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=found, args=BROWSER_OPTIONS)
        yield running
        await running.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser with nothing remembered."""
    fresh = await browser.new_context(viewport={"width": 1100, "height": 800})
    yield fresh
    await fresh.close()


@pytest.fixture
async def page(context: BrowserContext, stack: Stack) -> AsyncIterator[Page]:
    """The page, open; at the end nothing was logged as an error and nothing foreign was asked for."""
    opened = await context.new_page()
    heard = complaints(opened, stack.url, "data:")
    await opened.goto(stack.url)
    yield opened
    assert heard == []
