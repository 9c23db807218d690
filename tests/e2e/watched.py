"""What goes wrong on a page while a test looks at it."""

from playwright.async_api import Page


def complaints(page: Page, *own: str) -> list[str]:
    """A list that fills with whatever the page logs as an error and asks of others than its `own` addresses."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: None if request.url.startswith(own) else heard.append(request.url))
    return heard
