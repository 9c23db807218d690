"""Every state of the page, in light and dark, for everybody: axe, narrow screens, right to left, the keyboard."""

from typing import Literal

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.axe import findings
from tests.e2e.customer import (
    ask,
    begun,
    connected,
    own_messages,
    played_gateway,
    proposal,
    refuse_messages,
    replies,
    write,
)


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_any_state(
    page: Page, context: BrowserContext, colours: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    await refuse_messages(page, "unavailable")
    assert await findings(page) == [], "the empty page"
    await write(page, "hi")
    await expect(own_messages(page)).to_have_attribute("data-status", "failed")
    assert await findings(page) == [], "a failed message"
    await page.get_by_role("button", name="Send again").click()
    await write(page, "What is your return policy?")
    await begun(page)
    assert await findings(page) == [], "an answer that is being written"
    await ask(page, "show me all my orders")
    await ask(page, "Where is my order 1042?")
    await page.get_by_role("button", name="Not helpful").last.click()
    assert await findings(page) == [], "answers, orders and the question for a reason"
    await page.get_by_test_id("source").first.click()
    assert await findings(page) == [], "a source beside the conversation"
    await page.set_viewport_size({"width": 360, "height": 640})
    assert await findings(page) == [], "a source over the conversation"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Your conversations").click()
    assert await findings(page) == [], "the list of conversations"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(page.get_by_test_id("notice")).to_be_visible()
    await context.set_offline(True)
    await expect(page.get_by_test_id("banner")).to_be_visible()
    assert await findings(page) == [], "handed over, and offline"
    await context.set_offline(False)


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_a_proposed_change(
    page: Page, colours: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    send = await played_gateway(page)
    await page.reload()
    await connected(page)
    send(proposal("a1", expires_at="2099-01-01T00:00:00Z"))
    send(proposal("a2", expires_at="2020-01-01T00:00:00Z"))
    await expect(page.get_by_role("button", name="Confirm")).to_have_count(1)
    assert await findings(page) == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
async def test_nothing_is_wider_than_a_narrow_screen_in_either_direction(page: Page, direction: str) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.evaluate(f"document.documentElement.dir = '{direction}'")
    await ask(page, "show me all my orders")
    await ask(page, "Where is my order 1042?")
    await ask(page, "What is your return policy?")
    for opener in (page.get_by_test_id("source"), page.get_by_role("button", name="Your conversations")):
        await opener.click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await page.evaluate("document.querySelector('[role=log]').parentElement.scrollWidth") <= 320
        await page.keyboard.press("Escape")


async def test_the_page_is_mirrored_when_its_language_is_written_from_right_to_left(page: Page) -> None:
    await page.evaluate("document.documentElement.dir = 'rtl'")
    await ask(page, "hi")
    own, reply = (
        await own_messages(page).locator("p").first.bounding_box(),
        await replies(page).bounding_box(),
    )
    log = await page.get_by_role("log").bounding_box()
    assert own is not None
    assert reply is not None
    assert log is not None
    assert own["x"] - log["x"] < 40, "the customer's words stand at the end of the line, which is the left"
    send = await page.get_by_role("button", name="Send").bounding_box()
    person = await page.get_by_role("button", name="Talk to a person").bounding_box()
    assert send is not None
    assert person is not None
    assert send["x"] < person["x"]


async def test_a_conversation_is_held_by_keyboard_alone(page: Page) -> None:
    await connected(page)
    await page.get_by_test_id("suggestion").nth(1).focus()
    await page.keyboard.press("Enter")
    await expect(own_messages(page)).to_have_attribute("data-status", "answered")
    box = page.get_by_label("Message", exact=True)
    await expect(box).to_be_focused()
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await expect(box).to_have_value("one\ntwo")
    source = page.get_by_test_id("source")
    await source.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("citation-panel")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(source).to_be_focused()


async def test_a_finished_answer_is_announced_once_and_its_pieces_are_not(page: Page) -> None:
    spoken = page.locator('[role="status"].sr-only').filter(has_text="said:")
    await write(page, "What is your return policy?")
    await begun(page)
    await expect(page.locator('article[aria-busy="true"]')).to_have_count(1)
    await expect(spoken).to_have_count(0)
    await expect(spoken).to_have_count(1)
    await expect(spoken).to_contain_text("30 days")
    await expect(page.locator('article[aria-busy="true"]')).to_have_count(0)
