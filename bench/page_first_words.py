"""How soon the page shows what happens: `python -m bench.page_first_words`.

Printed: from the key press that sends a message to the frame that shows it (echo), and from the moment at which the
scripted gateway sends the first words of an answer to the frame that shows them. Compared with: 50 ms, p95, for each.
"""

import argparse
import asyncio

from playwright.async_api import Page

from bench.scripted_gateway import browser_page, load, scripted_gateway, told
from tests.e2e.customer import answered, connected

# A frame has been shown when the task after its animation frame runs.
WATCH = """() => {
  const now = () => performance.timeOrigin + performance.now();
  const shown = (tell) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => tell(now());
    port2.postMessage(null);
  });
  window.echoes = []; window.words = [];
  let pressed = 0, sent = 0, own = 0, replies = 0;
  addEventListener('keydown', (event) => {
    if (event.key === 'Enter') pressed = performance.timeOrigin + event.timeStamp;
  }, true);
  new MutationObserver(() => {
    if (document.querySelectorAll('[data-role="user"]').length > own) {
      own += 1;
      shown((at) => echoes.push(at - pressed));
    }
    const begun = [...document.querySelectorAll('[data-role="assistant"] .prose')].filter((e) => e.textContent);
    if (begun.length > replies) {
      replies += 1;
      shown((at) => words.push(at - sent));
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  window.firstWords = (timestamp) => { sent = timestamp; };
}"""

LISTEN = """
  const { addEventListener } = WebSocket.prototype;
  WebSocket.prototype.addEventListener = function (type, listener, ...rest) {
    if (type === 'message') addEventListener.call(this, 'message', ({ data }) => {
      const { event } = JSON.parse(data);
      if (event?.type === 'TEXT_MESSAGE_START') window.awaited = true;
      if (event?.type === 'TEXT_MESSAGE_CONTENT' && window.awaited) {
        window.awaited = false;
        firstWords(event.timestamp);
      }
    });
    return addEventListener.call(this, type, listener, ...rest);
  };
"""


async def measure(url: str, messages: int) -> None:
    async with browser_page(url) as page:
        await page.add_init_script(LISTEN)
        await page.reload()
        await connected(page)
        await page.evaluate(WATCH)
        for number in range(messages):
            await send(page, f"hi {number}", number)
        print(told("key to echo", await page.evaluate("echoes")))
        print(told("first words sent to shown", await page.evaluate("words")))


async def send(page: Page, text: str, before: int) -> None:
    box = page.get_by_label("Message", exact=True)
    await box.fill(text)
    await box.press("Enter")
    await answered(page).nth(before).wait_for()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=50)
    options = parser.parse_args()
    print(load())
    with scripted_gateway(token_ms=5) as url:
        asyncio.run(measure(url, options.messages))
    print(load())


if __name__ == "__main__":
    main()
