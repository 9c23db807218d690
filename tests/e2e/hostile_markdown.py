"""Hostile Markdown, said by the gateway, and the harm that it does to a page."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.customer import connected, replies

CORPUS: list[str] = json.loads(
    (Path(__file__).parents[2] / "web" / "test" / "hostile-markdown.json").read_text(encoding="utf-8")
)


WATCH = """() => {
  const harm = (window.harm = []);
  const root = document.querySelector('supportbot-widget')?.shadowRoot ?? document.getElementById('root');
  const look = () => {
    const active = 'img, script, iframe, object, embed, style, link, base, svg [onload], video, form[action]';
    for (const element of root.querySelectorAll(active)) harm.push(element.outerHTML);
    for (const link of root.querySelectorAll('a[href]'))
      if (link.origin !== location.origin) harm.push(link.outerHTML);
    for (const element of root.querySelectorAll('*'))
      for (const { name } of element.attributes)
        if (name.startsWith('on') || name === 'style') harm.push(element.outerHTML);
  };
  new MutationObserver(look).observe(root, { subtree: true, childList: true });
}"""


async def harm_of_the_corpus(page: Page, send: Callable[[dict[str, Any]], None]) -> list[str]:
    """Play every payload as a reply and all of them as a source; what was ever to be seen of harm."""
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await connected(page)
    await page.evaluate(WATCH)
    for number, payload in enumerate(CORPUS):
        for event in reply(f"r{number}", payload):
            send(event)
    for event in (*reply("last", "See [1]."), cited("last", "\n\n".join(CORPUS))):
        send(event)
    await expect(replies(page)).to_have_count(len(CORPUS) + 1)
    await page.get_by_test_id("source").click()
    await expect(page.get_by_test_id("citation-panel")).to_contain_text("click")
    harm: list[str] = await page.evaluate("window.harm")
    return harm + dialogs


def reply(message_id: str, text: str) -> list[dict[str, Any]]:
    pieces = [text[start : start + 4] for start in range(0, len(text), 4)]
    return [
        {"type": "TEXT_MESSAGE_START", "messageId": message_id, "role": "assistant"},
        *({"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": piece} for piece in pieces),
        {"type": "TEXT_MESSAGE_END", "messageId": message_id},
    ]


def cited(message_id: str, text: str) -> dict[str, Any]:
    section = {"number": 1, "section_id": "x", "title": text[:80], "heading_path": [text[:80]], "text": text}
    return {
        "type": "ACTIVITY_SNAPSHOT",
        "messageId": f"{message_id}:citations",
        "activityType": "citations",
        "content": {"message_id": message_id, "citations": [section]},
    }
