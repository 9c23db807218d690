"""What a customer does on the page and sees there."""

import json
from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, Page, WebSocketRoute, expect


async def write(page: Page, text: str) -> None:
    """Send a message."""
    box = page.get_by_label("Message", exact=True)
    await box.fill(text)
    await box.press("Enter")


async def ask(page: Page, text: str) -> None:
    """Send a message and wait until it is answered."""
    before = await own_messages(page).count()
    await write(page, text)
    await expect(own_messages(page).nth(before)).to_have_attribute("data-status", "answered", timeout=20_000)


def replies(page: Page) -> Locator:
    return page.locator('[data-testid="message"][data-role="assistant"]')


def own_messages(page: Page) -> Locator:
    return page.locator('[data-testid="message"][data-role="user"]')


def answered(page: Page) -> Locator:
    return page.locator('[data-role="user"][data-status="answered"]')


def words(page: Page) -> Locator:
    """The text of the last reply, without its buttons."""
    return replies(page).last.locator(".prose")


async def begun(page: Page) -> None:
    """Wait until an answer is being written."""
    await expect(page.locator('[data-role="assistant"][data-status="streaming"] .prose')).to_contain_text(
        " ", timeout=10_000
    )


async def connected(page: Page) -> None:
    await expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "connected")


async def start_anew(page: Page) -> None:
    """Open a conversation in which nothing was said, and wait for it."""
    await page.get_by_role("button", name="New conversation").click()
    await expect(own_messages(page)).to_have_count(0)
    await connected(page)


async def become(page: Page, name: str) -> None:
    """Be another customer of the demo shop, or a guest."""
    await page.get_by_test_id("demo").get_by_text(name, exact=True).click()
    await connected(page)


async def refuse_messages(page: Page, code: str, *, times: int = 1) -> None:
    """From the next load on, the first messages of the page come back with an error; the rest goes through."""
    left = times

    def answer(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            nonlocal left
            frame = json.loads(message)
            if frame["type"] == "message" and left:
                left -= 1
                socket.send(json.dumps(error(code, frame["client_id"])))
            else:
                server.send(message)

        socket.on_message(to_server)

    await page.route_web_socket("**/ws", answer)
    await page.reload()
    await connected(page)


async def played_gateway(page: Page) -> Callable[[dict[str, Any]], None]:
    """Take the gateway's place for the connections to come; returns what sends the page an event."""
    sockets: list[WebSocketRoute] = []
    sent = 0

    def answer(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.on_message(lambda message: socket.send(json.dumps(opened(json.loads(message)["client_id"]))))

    def send(event: dict[str, Any]) -> None:
        nonlocal sent
        sent += 1
        sockets[-1].send(json.dumps({"cursor": f"1-{sent}", "conversation_id": "played", "event": event}))

    await page.route_web_socket("**/ws", answer)
    return send


def opened(ref: str) -> dict[str, Any]:
    value = {
        "ref": ref,
        "session_token": "played",
        "session_id": "played",
        "conversation_id": "played",
        "epoch": "1",
        "cursor": "0-0",
        "resumed": False,
    }
    event = {"type": "CUSTOM", "name": "session.opened", "value": value}
    return {"cursor": None, "conversation_id": "played", "event": event}


def proposal(action_id: str, *, expires_at: str) -> dict[str, Any]:
    """The event of a change that the customer may confirm."""
    content = {
        "action_id": action_id,
        "tool": "cancel_order",
        "arguments": {"order_id": "1042", "reason": "found it cheaper elsewhere"},
        "expires_at": expires_at,
    }
    kind = {"type": "ACTIVITY_SNAPSHOT", "activityType": "action"}
    return {**kind, "messageId": action_id, "content": content}


def error(code: str, ref: str) -> dict[str, Any]:
    return {
        "type": "error",
        "code": code,
        "message": code,
        "ref": ref,
        "retry_after_ms": None,
        "fatal": False,
    }
