"""What a customer does on the page."""

import re

from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.conftest import Stack
from tests.e2e.customer import own_messages, replies, write


async def test_a_question_is_answered_with_its_source_and_the_source_opens(page: Page) -> None:
    await expect(page.get_by_test_id("connection")).to_have_text(re.compile("^Connected"))
    await write(page, "What is your return policy?")
    await expect(replies(page).first).to_contain_text("30 days")
    await expect(own_messages(page).first).to_have_attribute("data-status", "answered")
    await (
        replies(page)
        .first.get_by_role("button", name=re.compile("source|citation", re.IGNORECASE))
        .first.click()
    )
    panel = page.get_by_role("dialog").or_(page.get_by_role("complementary"))
    await expect(panel.first).to_contain_text("30 days")
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)


async def test_an_order_is_found_after_the_bot_asked_for_its_number(page: Page) -> None:
    await write(page, "where is my order")
    await expect(replies(page).last).to_contain_text("order number")
    await write(page, "9999")
    await expect(replies(page).last).to_contain_text("cannot find")
    await write(page, "1042")
    card = page.get_by_test_id("order-card")
    await expect(card).to_contain_text("1042")
    await expect(card).to_contain_text("On its way")
    await expect(replies(page).last).to_contain_text("on its way")


async def test_the_conversation_is_there_after_a_reload_and_in_a_second_tab(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    await write(page, "What is your return policy?")
    await expect(own_messages(page).first).to_have_attribute("data-status", "answered")
    said = await replies(page).first.inner_text()
    await page.reload()
    await expect(replies(page).first).to_have_text(re.compile(re.escape(said.split("\n", maxsplit=1)[0])))
    second = await context.new_page()
    await second.goto(stack.url)
    await expect(replies(second)).to_have_count(1)
    await write(page, "thanks")
    await expect(own_messages(second)).to_have_count(2)
    await expect(replies(second)).to_have_count(2)


async def test_what_the_bot_cannot_do_it_says(page: Page) -> None:
    await write(page, "what's the weather on Mars")
    await expect(replies(page).first).to_contain_text("cannot help with that")


async def test_the_page_fits_a_narrow_screen_without_scrolling_sideways(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await write(page, "where is order 1042")
    await expect(page.get_by_test_id("order-card")).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320


async def test_a_cut_network_is_shown_and_the_message_arrives_after_it(
    page: Page, context: BrowserContext
) -> None:
    await write(page, "hi")
    await expect(replies(page)).to_have_count(1)
    await context.set_offline(True)
    await write(page, "What is your return policy?")
    await expect(page.get_by_test_id("connection")).not_to_have_text(re.compile("^Connected"))
    await context.set_offline(False)
    await expect(replies(page).last).to_contain_text("30 days", timeout=15_000)
    await expect(own_messages(page)).to_have_count(2)
