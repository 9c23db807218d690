"""How fast the page answers the keyboard while a long answer streams in: `python -m bench.page_input`.

A scripted gateway sends 4,000 tokens of mixed Markdown, 200 a second; Chromium's processor is slowed down four times;
somebody types. Printed: the time from a key press to its handler, and to the frame that shows it (Event Timing).
Compared with: the same keys on the same page when nothing streams. Then a conversation of 500 messages is scrolled
through from its end to its beginning; printed: the time between two frames.
"""

import argparse
import asyncio
from typing import Any

from playwright.async_api import Page

from bench.scripted_gateway import browser_page, load, main_thread, scripted_gateway, throttle, told
from tests.e2e.customer import connected, played_gateway

WATCH = """() => {
  window.delays = [];
  window.paints = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'keydown') paints.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16 });
  addEventListener('keydown', (event) => delays.push(performance.now() - event.timeStamp), true);
}"""


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


async def measure(url: str, rate: float, seconds: float) -> None:
    async with browser_page(url) as page:
        await page.evaluate(WATCH)
        await throttle(page, rate)
        box = page.get_by_label("Message", exact=True)
        await box.focus()
        for name in ("quiet", "streaming"):
            if name == "streaming":
                await box.fill("perf")
                await box.press("Enter")
                await page.wait_for_selector('[data-status="streaming"]')
            async with main_thread(page, name):
                delays, paints = await typed(page, 4 if name == "quiet" else seconds)
            print(told(f"{name}, key to handler", delays))
            print(told(f"{name}, key to frame  ", paints))
        shown = await page.locator('[data-role="assistant"] .prose').inner_text()
        print(f"words shown at the end: {len(shown.split())}")
        await throttle(page, 1)
        await scroll_through(page, 500)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--throttle", type=float, default=4)
    parser.add_argument("--seconds", type=float, default=19)
    options = parser.parse_args()
    print(load())
    with scripted_gateway(token_ms=5) as url:
        asyncio.run(measure(url, options.throttle, options.seconds))
    print(load())


if __name__ == "__main__":
    main()
