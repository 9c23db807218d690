"""The scripted gateway, and a Chromium that looks at its page."""

import os
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

WEB = Path(__file__).parents[1] / "web"


@contextmanager
def scripted_gateway(token_ms: int) -> Iterator[str]:
    """Its address, while it runs; it sends a token every so many milliseconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "TOKEN_MS": str(token_ms)}
    process = subprocess.Popen(
        ["node", "test/fake-gateway.mjs"], cwd=WEB, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def browser_page(url: str) -> AsyncIterator[Page]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=program, args=options)
        page = await browser.new_page(viewport={"width": 1100, "height": 800})
        await page.goto(url)
        yield page
        await browser.close()


async def throttle(page: Page, rate: float) -> None:
    """Slow the page's processor down so many times."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})


@asynccontextmanager
async def main_thread(page: Page, name: str) -> AsyncIterator[None]:
    """Print which share of the time the page's main thread works; other programs' load is no part of it."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def busy() -> float:
        metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")

    began, before = time.monotonic(), await busy()
    yield
    share = (await busy() - before) / (time.monotonic() - began)
    print(f"{name}: main thread at work {share:.0%} of the time")


def told(name: str, figures: list[float]) -> str:
    cuts = statistics.quantiles(figures, n=100)
    return (
        f"{name}: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, max {max(figures):.0f} ms (n={len(figures)})"
    )


def load() -> str:
    """How busy the machine is, to stand beside what was measured on it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
