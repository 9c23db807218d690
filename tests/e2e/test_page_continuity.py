"""The conversation goes on, whatever happens to the page and to its connection."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.conftest import Stack
from tests.e2e.customer import (
    answered,
    ask,
    begun,
    connected,
    own_messages,
    refuse_messages,
    replies,
    words,
    write,
)

POLICY = "What is your return policy?"


@pytest.fixture
async def uncut(page: Page) -> str:
    """What the page shows for the policy question when nothing comes between; then a new conversation."""
    await ask(page, POLICY)
    said = await words(page).inner_html()
    await page.get_by_role("button", name="New conversation").click()
    await expect(replies(page)).to_have_count(0)
    return said


async def test_the_answer_is_byte_for_byte_the_same_when_the_page_is_reloaded_in_its_middle(
    page: Page, uncut: str
) -> None:
    await write(page, POLICY)
    await begun(page)
    await page.reload()
    await expect(answered(page)).to_have_count(1)
    assert await words(page).inner_html() == uncut
    await expect(own_messages(page)).to_have_count(1)
    await expect(replies(page)).to_have_count(1)


async def test_the_answer_is_byte_for_byte_the_same_when_the_network_is_gone_in_its_middle(
    page: Page, context: BrowserContext, uncut: str
) -> None:
    await write(page, POLICY)
    await begun(page)
    await context.set_offline(True)
    await expect(page.get_by_test_id("banner")).to_contain_text("offline")
    await context.set_offline(False)
    await connected(page)
    await expect(answered(page)).to_have_count(1, timeout=15_000)
    assert await words(page).inner_html() == uncut
    await expect(replies(page)).to_have_count(1)


async def test_a_second_tab_shows_the_answer_while_it_is_written_and_both_end_the_same(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    await ask(page, "hi")
    second = await context.new_page()
    await second.goto(stack.url)
    await expect(replies(second)).to_have_count(1)
    await write(page, POLICY)
    await begun(second)
    await expect(answered(page)).to_have_count(2)
    await expect(answered(second)).to_have_count(2)
    assert await words(second).inner_html() == await words(page).inner_html()


async def test_a_stopped_answer_keeps_its_beginning_after_a_reload_too(page: Page, uncut: str) -> None:
    await write(page, POLICY)
    await begun(page)
    await page.get_by_role("button", name="Stop").click()
    await expect(replies(page).last).to_contain_text("You stopped this answer.", timeout=2_000)
    kept = await words(page).inner_text()
    assert 0 < len(kept) < len(uncut)
    await page.reload()
    await expect(replies(page).last).to_contain_text("You stopped this answer.")
    assert await words(page).inner_text() == kept
    await ask(page, "hi")
    await expect(replies(page)).to_have_count(2)


async def test_a_message_that_was_refused_is_sent_by_the_next_try_and_stays_one(page: Page) -> None:
    await refuse_messages(page, "unavailable")
    await write(page, "hi")
    await expect(own_messages(page)).to_have_attribute("data-status", "failed")
    await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    await page.get_by_role("button", name="Send again").click()
    await expect(answered(page)).to_have_count(1)
    await expect(own_messages(page)).to_have_count(1)
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_vote_and_its_reason_are_there_after_a_reload_and_can_be_taken_back(page: Page) -> None:
    await ask(page, POLICY)
    await page.get_by_role("button", name="Not helpful").click()
    await page.get_by_label("What was wrong with it?").fill("I wanted to know about shoes.")
    await page.get_by_role("button", name="Send", exact=True).first.click()
    await expect(replies(page).last).to_contain_text("Thank you for your feedback.")
    await page.reload()
    down = page.get_by_role("button", name="Not helpful")
    await expect(down).to_have_attribute("aria-pressed", "true")
    await expect(replies(page).last).to_contain_text("Thank you for your feedback.")
    await down.click()
    await expect(down).to_have_attribute("aria-pressed", "false")
    await page.reload()
    await expect(down).to_have_attribute("aria-pressed", "false")


async def test_an_earlier_conversation_is_listed_and_opens_again(page: Page) -> None:
    await ask(page, POLICY)
    await page.get_by_role("button", name="New conversation").click()
    await expect(page.get_by_test_id("suggestion").first).to_be_visible()
    await ask(page, "hi")
    await page.get_by_role("button", name="Your conversations").click()
    await page.get_by_role("button", name=POLICY).click()
    await expect(replies(page).last).to_contain_text("30 days")
    await expect(own_messages(page)).to_have_count(1)
    await page.reload()
    await expect(replies(page).last).to_contain_text("30 days")


async def test_a_handover_is_still_shown_after_a_reload(page: Page) -> None:
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("Handed over")
    await expect(answered(page)).to_have_count(1)
    await page.reload()
    await expect(page.get_by_test_id("notice")).to_contain_text("Handed over")


async def test_the_end_stays_in_sight_while_an_answer_is_written_until_its_reader_scrolls_up(
    page: Page,
) -> None:
    await page.set_viewport_size({"width": 360, "height": 480})
    latest = page.get_by_role("button", name="Latest message")
    for _ in range(2):
        await ask(page, POLICY)
        await expect(latest).to_have_count(0)
    await write(page, POLICY)
    await begun(page)
    await page.get_by_role("log").hover()
    await page.mouse.wheel(0, -300)
    await expect(latest).to_be_visible()
    await expect(answered(page)).to_have_count(3)
    await latest.click()
    await expect(latest).to_have_count(0)
