"""`make screenshots`: pictures of the running product, for the README and the documents."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.conftest import BROWSER_OPTIONS, BROWSERS, embedded_stack
from tests.e2e.customer import ask, become, connected, own_messages

IMAGES = Path(__file__).parents[1] / "docs" / "images"
DESKTOP, PHONE = (1280, 860), (390, 780)


class Picture(NamedTuple):
    name: str
    size: tuple[int, int]
    colours: Literal["light", "dark"]
    steps: Callable[[Page], Awaitable[None]]


async def write(page: Page, text: str, *, label: str) -> None:
    """Send a message on a page in another language, and wait until it is answered."""
    before = await own_messages(page).count()
    box = page.get_by_label(label, exact=True)
    await box.fill(text)
    await box.press("Enter")
    await expect(own_messages(page).nth(before)).to_have_attribute("data-status", "answered")


async def nothing(page: Page) -> None:
    await expect(page.get_by_test_id("suggestion").first).to_be_visible()


async def policy(page: Page) -> None:
    await ask(page, "What is your return policy?")


async def policy_and_order(page: Page) -> None:
    await policy(page)
    await ask(page, "Where is my order 1042?")


async def source_open(page: Page) -> None:
    await policy(page)
    await page.get_by_test_id("source").first.click()
    await expect(page.get_by_test_id("citation-panel")).to_be_visible()


async def order(page: Page) -> None:
    await ask(page, "Where is my order 1042?")


async def a_guest_in_german(page: Page) -> None:
    await page.get_by_role("button", name="Auf Deutsch umschalten").click()
    await become(page, "Gast")
    for words in ("Wo ist meine Bestellung 1046?", "emma@example.com"):
        await write(page, words, label="Nachricht")


async def orders(page: Page) -> None:
    await ask(page, "show me all my orders")
    await page.evaluate("document.querySelector('[role=log]').parentElement.scrollTop = 0")


PICTURES = (
    Picture("start", DESKTOP, "light", nothing),
    Picture("chat", (1280, 1180), "light", policy_and_order),
    Picture("source", DESKTOP, "light", source_open),
    Picture("dark", DESKTOP, "dark", policy),
    Picture("phone", PHONE, "light", order),
    Picture("orders", PHONE, "dark", orders),
    Picture("german", PHONE, "light", a_guest_in_german),
)


async def take(browser: Browser, url: str, picture: Picture) -> None:
    width, height = picture.size
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=picture.colours,
        reduced_motion="reduce",
        locale="en-US",
    )
    await page.goto(url)
    await connected(page)
    await picture.steps(page)
    await page.evaluate("document.activeElement.blur()")
    await page.evaluate(
        "Promise.all(document.getAnimations().map(({ finished }) => finished)).then(() => null)"
    )
    await page.screenshot(path=IMAGES / f"{picture.name}.png")
    await page.close()


async def take_all(url: str) -> None:
    program = next(path for name in BROWSERS if (path := shutil.which(name)))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=BROWSER_OPTIONS)
        for picture in PICTURES:
            await take(browser, url, picture)
        await browser.close()


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="supportbot-screenshots-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs as a user of its own when this runs as root
        with embedded_stack(Path(folder) / "data") as stack:
            asyncio.run(take_all(stack.url))


if __name__ == "__main__":
    main()
