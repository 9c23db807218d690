"""The chat on somebody else's page: a strict content policy, hostile styles, another origin."""

import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.axe import findings
from tests.e2e.conftest import HOST_SITE_SECRET, Stack
from tests.e2e.customer import ask, own_messages, played_gateway, replies
from tests.e2e.hostile_markdown import harm_of_the_corpus
from tests.e2e.watched import complaints

HOSTILE = """
html { font-size: 50px; }
body, body *, supportbot-widget, supportbot-widget * {
  all: unset !important; display: none !important; position: static !important; opacity: 0.1 !important;
  visibility: hidden !important; transform: scale(3) !important; filter: blur(9px) !important;
  font: italic 60px/3 fantasy !important; color: red !important; letter-spacing: 1em !important;
  pointer-events: none !important; --paper: red; --ink: red; --spacing: 99px;
}
div, section, button, textarea, p, svg, article, dialog { width: 7px !important; background: red !important; }
"""


def site(port: int, gateway: str) -> ThreadingHTTPServer:
    policy = (
        f"default-src 'none'; style-src 'self'; script-src {gateway}; "
        f"connect-src {gateway.replace('http', 'ws')}; base-uri 'none'; form-action 'none'"
    )
    files = {
        "/": f'<!doctype html><html lang="en"><title>Shop</title><link rel="stylesheet" href="/hostile.css">'
        f'<h1>Shop</h1><script src="{gateway}/widget.js" async></script></html>',
        "/hostile.css": HOSTILE,
    }

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in files else 404)
            self.send_header("content-type", "text/css" if self.path.endswith("css") else "text/html")
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(files.get(self.path, "").encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Shop)


@pytest.fixture(scope="module")
def shop(stack: Stack, shop_port: int) -> Iterator[str]:
    server = site(shop_port, stack.url)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{shop_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
async def host(context: BrowserContext, stack: Stack, shop: str) -> AsyncIterator[Page]:
    """The shop's page with the widget's button; at the end its policy was never broken."""
    page = await context.new_page()
    heard = complaints(page, stack.url, shop)
    await page.goto(shop)
    yield page
    assert [error for error in heard if "favicon" not in error] == []


def token_for(customer_id: str) -> str:
    """What the host site's server would sign for its customer."""
    now = int(time.time())
    claims = {"sub": customer_id, "aud": "supportbot", "iat": now, "exp": now + 300}
    return jwt.encode(claims, HOST_SITE_SECRET, algorithm="HS256")


async def open_chat(page: Page) -> None:
    await page.get_by_role("button", name="Chat with us").click()
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()


async def test_a_conversation_is_held_on_a_hostile_page_under_a_strict_policy(host: Page) -> None:
    await open_chat(host)
    await ask(host, "What is your return policy?")
    await expect(replies(host)).to_contain_text("30 days")
    await host.get_by_test_id("source").click()
    panel, frame = host.get_by_test_id("citation-panel"), host.locator(".frame")
    await expect(panel).to_contain_text("30 days")
    inner, outer = await panel.bounding_box(), await frame.bounding_box()
    assert inner is not None
    assert outer is not None
    assert outer["width"] == 410
    assert outer["x"] <= inner["x"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    await host.keyboard.press("Escape")
    await expect(panel).to_have_count(0)


async def test_a_customer_whom_the_host_site_names_sees_an_order_of_theirs(host: Page) -> None:
    await host.evaluate("(token) => Supportbot.identify(token)", token_for("cus_ada"))
    await open_chat(host)
    await ask(host, "Where is my order 1042?")
    await expect(host.get_by_test_id("order-card")).to_contain_text("On its way")


async def test_a_customer_named_later_has_a_chat_of_their_own_and_the_guest_keeps_theirs(host: Page) -> None:
    await open_chat(host)
    await ask(host, "hi")
    await host.evaluate("(token) => Supportbot.identify(() => Promise.resolve(token))", token_for("cus_ben"))
    await expect(own_messages(host)).to_have_count(0)
    await ask(host, "Where is my order 1043?")
    await expect(host.get_by_test_id("order-card")).to_contain_text("1043")
    await host.evaluate("Supportbot.identify(null)")
    await expect(own_messages(host)).to_have_text(re.compile("hi"))
    await expect(host.get_by_test_id("order-card")).to_have_count(0)


async def test_the_styles_of_the_host_page_change_nothing_in_the_widget(host: Page) -> None:
    launcher = await host.get_by_role("button", name="Chat with us").bounding_box()
    assert launcher == {"x": 1020, "y": 720, "width": 60, "height": 60}
    await open_chat(host)
    await ask(host, "hi")
    style = await (
        replies(host)
        .locator("p")
        .first.evaluate(
            "(element) => { const { fontSize, fontStyle, color, letterSpacing } = getComputedStyle(element);"
            " return [fontSize, fontStyle, color, letterSpacing]; }"
        )
    )
    assert style == ["16px", "normal", "rgb(28, 37, 32)", "normal"]
    assert await findings(host) == []


async def test_the_host_page_opens_closes_and_listens(host: Page) -> None:
    await host.evaluate(
        "window.heard = []; for (const name of ['ready', 'open', 'close', 'message'])"
        " Supportbot.on(name, (detail) => heard.push(detail ? `${name} ${detail.text.slice(0, 5)}` : name));"
        " Supportbot.open()"
    )
    await ask(host, "hi")
    await host.evaluate("Supportbot.close()")
    await expect(host.locator(".frame")).to_be_hidden()
    assert await host.evaluate("heard") == ["open", "ready", "message Hello", "close"]
    await expect(host.get_by_role("button", name="Chat with us")).to_be_focused()


async def test_the_conversation_is_there_when_the_host_page_is_left_and_opened_again(host: Page) -> None:
    await open_chat(host)
    await ask(host, "hi")
    await host.reload()
    await open_chat(host)
    await expect(replies(host)).to_have_count(1)
    await expect(own_messages(host)).to_have_count(1)
    await host.keyboard.press("Escape")
    await expect(host.locator(".frame")).to_be_hidden()


async def test_no_hostile_markdown_does_harm_in_the_widget(host: Page) -> None:
    send = await played_gateway(host)
    await host.reload()
    await open_chat(host)
    assert await harm_of_the_corpus(host, send) == []
