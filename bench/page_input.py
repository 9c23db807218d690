"""How fast the page answers the keyboard while a long answer streams in: `python -m bench.page_input`.

A scripted gateway sends 4,000 tokens of mixed Markdown, 200 a second; Chromium's processor is slowed down four times;
somebody types. Printed: the time from a key press to its handler, and to the frame that shows it (Event Timing).
Compared with: the same keys on the same page when nothing streams. Then a conversation of 500 messages is scrolled
through from its end to its beginning; printed: the time between two frames.
"""

import argparse
import asyncio
import os
import shutil
import socket
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.e2e.customer import connected, played_gateway

WEB = Path(__file__).parents[1] / "web"
WATCH = """() => {
  window.delays = [];
  window.paints = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'keydown') paints.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16 });
  addEventListener('keydown', (event) => delays.push(performance.now() - event.timeStamp), true);
}"""


@contextmanager
def scripted_gateway() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "TOKEN_MS": "5"}
    process = subprocess.Popen(
        ["node", "test/fake-gateway.mjs"], cwd=WEB, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


async def typed(page: Page, seconds: float) -> tuple[list[float], list[float]]:
    """Type for a while; delays to the handler, and durations to the next frame, in milliseconds."""
    await page.evaluate("delays.length = 0; paints.length = 0")
    until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < until:
        await page.keyboard.press("a")
        await asyncio.sleep(0.08)
    await asyncio.sleep(0.3)
    count: int = await page.evaluate("delays.length")
    paints: list[float] = await page.evaluate("paints")
    # Event Timing leaves out what took less than 16 ms.
    return await page.evaluate("delays"), paints + [8.0] * max(0, count - len(paints))


async def scroll_through(page: Page, count: int) -> None:
    """Open a conversation of so many messages and turn the wheel up to its beginning."""
    send = await played_gateway(page)
    await page.evaluate("localStorage.clear()")
    await page.reload()
    await connected(page)
    pairs = [message for number in range(count // 2) for message in _pair(number)]
    send({"type": "MESSAGES_SNAPSHOT", "messages": pairs})
    await page.get_by_text(f"Question {count // 2 - 1}?").wait_for()
    await page.evaluate(
        "() => { window.gaps = []; let last; const tick = (now) => { if (last) gaps.push(now - last); last = now;"
        " requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"
    )
    await page.get_by_role("log").hover()
    while await page.evaluate("document.querySelector('[role=log]').parentElement.scrollTop"):
        await page.mouse.wheel(0, -600)
        await asyncio.sleep(0.03)
    print(told(f"{count} messages scrolled through, frame to frame", await page.evaluate("gaps")))


def _pair(number: int) -> list[dict[str, Any]]:
    answer = f"Answer **{number}**:\n\n- one `item`\n- another\n\n| a | b |\n|---|---|\n| 1 | {number} |"
    asked = {"client_id": f"c{number}", "at": 0, "answered": True}
    return [
        {"id": f"m{number}", "role": "user", "content": f"Question {number}?", "metadata": asked},
        {"id": f"r{number}", "role": "assistant", "content": answer, "metadata": {"in_reply_to": []}},
    ]


def told(name: str, figures: list[float]) -> str:
    cuts = statistics.quantiles(figures, n=100)
    return (
        f"{name}: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, max {max(figures):.0f} ms (n={len(figures)})"
    )


async def measure(url: str, throttle: float, seconds: float) -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=program, args=options)
        page = await browser.new_page(viewport={"width": 1100, "height": 800})
        await page.goto(url)
        await page.evaluate(WATCH)
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        box = page.get_by_label("Message", exact=True)
        await box.focus()
        for name in ("quiet", "streaming"):
            if name == "streaming":
                await box.fill("perf")
                await box.press("Enter")
                await page.wait_for_selector('[data-status="streaming"]')
            delays, paints = await typed(page, 4 if name == "quiet" else seconds)
            print(told(f"{name}, key to handler", delays))
            print(told(f"{name}, key to frame  ", paints))
        shown = await page.locator('[data-role="assistant"] .prose').inner_text()
        print(f"words shown at the end: {len(shown.split())}")
        await devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        await scroll_through(page, 500)
        await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--throttle", type=float, default=4)
    parser.add_argument("--seconds", type=float, default=19)
    options = parser.parse_args()
    with scripted_gateway() as url:
        asyncio.run(measure(url, options.throttle, options.seconds))


if __name__ == "__main__":
    main()
