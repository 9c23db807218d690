"""The page in the customer's language, and what it suggests next."""

from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import Stack
from tests.e2e.customer import answered, ask, connected, replies, words


async def test_the_page_speaks_the_browser_s_language_until_another_is_chosen(
    browser: Browser, stack: Stack
) -> None:
    context = await browser.new_context(locale="de-DE")
    page = await context.new_page()
    await page.goto(stack.url)
    await expect(page.get_by_role("heading", name="Wie können wir helfen?")).to_be_visible()
    await page.get_by_role("button", name="Bestellung verfolgen").click()
    await expect(words(page)).to_contain_text("Wie lautet Ihre Bestellnummer?")
    await page.get_by_label("Nachricht", exact=True).fill("1042")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("order-card")).to_contain_text("Unterwegs")
    await expect(words(page)).to_contain_text("Die Bestellung 1042 ist unterwegs zu Ihnen.")
    await page.get_by_role("button", name="Switch to English").click()
    await expect(page.get_by_test_id("order-card")).to_contain_text("On its way")
    await page.reload()
    await expect(page.get_by_test_id("order-card")).to_contain_text("On its way")
    await context.close()


async def test_a_conversation_not_yet_begun_follows_the_language_that_is_chosen(page: Page) -> None:
    await connected(page)
    await page.get_by_role("button", name="Auf Deutsch umschalten").click()
    await connected(page)
    await page.get_by_label("Nachricht", exact=True).fill("Guten Tag")
    await page.keyboard.press("Enter")
    await expect(words(page)).to_contain_text("Was kann ich für Sie tun?")


async def test_a_person_is_asked_for_in_the_language_of_the_page(browser: Browser, stack: Stack) -> None:
    context = await browser.new_context(locale="de-CH")
    page = await context.new_page()
    await page.goto(stack.url)
    await page.get_by_role("button", name="Mit Mensch sprechen").click()
    await expect(page.get_by_test_id("notice")).to_have_text("An unser Team übergeben")
    await expect(words(page)).to_contain_text("Ich bitte einen Menschen aus unserem Team")
    await context.close()


async def test_every_control_is_in_sight_on_a_narrow_screen_when_the_words_are_longer(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_role("button", name="Auf Deutsch umschalten").click()
    await page.get_by_label("Nachricht", exact=True).fill("x" * 3990)
    for name in ("Senden", "Mit Mensch sprechen", "Switch to English", "Ihre Gespräche"):
        box = await page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320


async def test_an_answer_is_followed_by_questions_that_are_asked_by_a_press(page: Page) -> None:
    await ask(page, "What is your return policy?")
    suggestions = page.get_by_test_id("follow-up")
    await expect(suggestions).to_have_count(2)
    wanted = await suggestions.first.inner_text()
    await suggestions.first.click()
    await expect(answered(page)).to_have_count(2)
    await expect(page.get_by_test_id("follow-up").filter(has_text=wanted)).to_have_count(0)


async def test_a_conversation_of_many_messages_opens_at_its_end(page: Page) -> None:
    await page.set_viewport_size({"width": 400, "height": 500})
    for _ in range(3):
        await ask(page, "What is your return policy?")
    await page.reload()
    await expect(replies(page)).to_have_count(3)
    await expect(page.get_by_role("button", name="Latest message")).to_have_count(0)
    await expect(page.get_by_test_id("follow-up").last).to_be_in_viewport()
