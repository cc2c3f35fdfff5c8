"""Open lines in a panel at the side."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    store.add(line(f"order {number}", ago_s=90 - number) for number in range(30))
    return store


def open_beside(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".entry")).to_be_visible()
    page.keyboard.press("p")


def test_the_panel_follows_the_keys_and_shows_one_line(
    lines: Seeded, page: Page
) -> None:
    open_beside(page)
    page.keyboard.press("j")

    expect(page.locator(".entry:visible .message")).to_have_text("order 28")
    expect(page.locator(".row.open")).to_have_count(1)
    panel = page.locator(".row.open .details").bounding_box()
    text = page.locator(".row .text").first.bounding_box()
    assert panel is not None
    assert text is not None
    assert text["x"] + text["width"] <= panel["x"]

    page.keyboard.press("Escape")
    expect(page.locator(".entry:visible")).to_have_count(0)
    expect(page.locator(".row .time").nth(1)).to_be_focused()


def test_the_choice_is_remembered(lines: Seeded, page: Page) -> None:
    open_beside(page)
    page.goto("/")
    page.locator(".row .line").nth(3).click()

    panel = page.locator(".row.open .details")
    expect(panel).to_have_css("position", "fixed")
    page.get_by_role("button", name="at the side, or below").click()
    expect(panel).to_have_css("position", "static")


def test_on_a_phone_lines_open_in_place(lines: Seeded, reader: NewPage) -> None:
    page = reader(viewport={"width": 390, "height": 844})
    open_beside(page)

    expect(page.locator(".row.open .details")).to_have_css("position", "static")
