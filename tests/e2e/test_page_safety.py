"""Hostile Markdown reaches the real page, piece by piece, and does nothing there."""

from playwright.async_api import Page

from tests.e2e.customer import played_gateway
from tests.e2e.hostile_markdown import harm_of_the_corpus


async def test_no_hostile_markdown_runs_a_script_asks_for_a_foreign_address_or_links_to_one(
    page: Page,
) -> None:
    await page.evaluate("localStorage.clear()")
    send = await played_gateway(page)
    await page.reload()
    assert await harm_of_the_corpus(page, send) == []


async def test_the_page_is_served_under_a_policy_that_allows_its_own_files_alone(page: Page) -> None:
    answer = await page.reload()
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "object-src 'none'" in policy
