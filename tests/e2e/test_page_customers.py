"""Who the customer is: the demo shop's switch on the page, and what each of them may see."""

import json

from playwright.async_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import Stack
from tests.e2e.customer import ask, become, connected, own_messages, replies, start_anew, words


async def test_the_demo_s_first_customer_sees_an_order_of_hers(page: Page) -> None:
    demo = page.get_by_test_id("demo")
    await expect(demo.get_by_label("Ada Whitfield")).to_be_checked()
    await expect(demo).to_contain_text("1042")
    await ask(page, "Where is my order 1042?")
    await expect(page.get_by_test_id("order-card")).to_contain_text("On its way")


async def test_somebody_else_s_order_is_as_if_there_were_none(page: Page) -> None:
    await become(page, "Ben Okafor")
    await ask(page, "Where is my order 1042?")
    foreign = await words(page).inner_text()
    await ask(page, "Then where is order 9999?")
    unknown = await words(page).inner_text()
    assert "cannot find" in foreign
    assert foreign.replace("1042", "…") == unknown.replace("9999", "…")
    await expect(page.get_by_test_id("order-card")).to_have_count(0)


async def test_another_customer_has_conversations_of_their_own(page: Page) -> None:
    await ask(page, "hi")
    await become(page, "Ben Okafor")
    await expect(own_messages(page)).to_have_count(0)
    await page.get_by_role("button", name="Your conversations").click()
    await expect(page.get_by_role("dialog")).to_contain_text("will be listed here")
    await page.keyboard.press("Escape")
    await become(page, "Ada Whitfield")
    await expect(own_messages(page)).to_have_count(0)
    await page.get_by_role("button", name="Your conversations").click()
    await page.get_by_role("dialog").get_by_text("hi").click()
    await expect(replies(page)).to_have_count(1)


async def test_a_guest_sees_an_order_by_its_number_and_address_and_not_by_one_of_them(page: Page) -> None:
    await become(page, "Guest")
    await expect(page.get_by_test_id("demo")).to_contain_text("emma@example.com")
    await ask(page, "Where is my order 1046?")
    await expect(words(page)).to_contain_text("e-mail")
    await ask(page, "mallory@example.com")
    await expect(words(page)).to_contain_text("cannot find")
    await expect(page.get_by_test_id("order-card")).to_have_count(0)
    await start_anew(page)
    await ask(page, "Where is order 1046? I am emma@example.com")
    await expect(page.get_by_test_id("order-card")).to_contain_text("1046")


async def test_a_customer_s_orders_are_listed_and_a_press_on_one_asks_for_it(page: Page) -> None:
    await ask(page, "show me all my orders")
    mine = page.get_by_test_id("order-list").get_by_role("button")
    await expect(mine.filter(has_text="1042")).to_contain_text("On its way")
    await expect(mine.filter(has_text="1043")).to_have_count(0)
    await mine.filter(has_text="1042").click()
    await expect(page.get_by_test_id("order-card")).to_contain_text("1042")
    await page.reload()
    await expect(page.get_by_test_id("order-list")).to_have_count(1)


async def test_a_person_is_asked_for_and_an_address_is_left(page: Page) -> None:
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(page.get_by_test_id("notice")).to_have_text("Handed over to our team")
    await expect(words(page)).to_contain_text("Which address")
    await ask(page, "ada@example.org")
    await expect(words(page)).to_contain_text("will write to ada@example.org")


async def test_who_one_is_stays_after_a_reload(page: Page) -> None:
    await become(page, "Ben Okafor")
    await ask(page, "Where is my order 1043?")
    await page.reload()
    await expect(page.get_by_label("Ben Okafor")).to_be_checked()
    await expect(page.get_by_test_id("order-card")).to_contain_text("1043")
    await ask(page, "And order 1042?")
    await expect(words(page)).to_contain_text("cannot find")


async def test_without_a_demo_there_is_no_switch(context: BrowserContext, stack: Stack) -> None:
    async def no_demo(route: Route) -> None:
        await route.fulfill(body=json.dumps({"customers": [], "guest": None}))

    await context.route("**/demo/customers", no_demo)
    page = await context.new_page()
    await page.goto(stack.url)
    await connected(page)
    await expect(page.get_by_test_id("demo")).to_have_count(0)
    await ask(page, "hi")
