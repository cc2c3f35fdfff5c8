"""What the search page says about a text that it cannot take, or takes otherwise."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    store.add([line("FILE NOT FOUND: /etc/passwd"), line("FILE not read", ago_s=90)])
    return store


def test_a_wrong_text_is_pointed_at_and_its_range_stays(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?range=6h&q=x+level:%3E%3Ewarn")

    expect(page.locator(".pointed mark")).to_have_text(">")
    expect(page.locator("#range summary")).to_contain_text("Last 6 hours")
    expect(page.locator('#range input[value="6h"]')).to_be_checked()


def test_a_hint_shows_code_as_code(lines: Seeded, page: Page) -> None:
    page.goto("/?q=timestamp:2026")

    expect(page.locator(".state code")).to_have_text("metadata.timestamp")


def test_pasted_capitals_find_their_line_and_it_is_said(
    lines: Seeded, page: Page
) -> None:
    page.goto("/")
    page.fill("#q", "FILE NOT FOUND")
    page.keyboard.press("Enter")

    expect(page.locator(".remark")).to_contain_text("is a word here")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row mark")).to_have_text(["FILE", "NOT", "FOUND"])


def test_an_open_quote_is_said(lines: Seeded, page: Page) -> None:
    page.goto("/?q=%22file")

    expect(page.locator(".remark")).to_contain_text("never closed")
