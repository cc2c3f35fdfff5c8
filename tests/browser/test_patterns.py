"""The tab of patterns: what the matches say, counted, included, excluded."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    """Orders, some of them declined, and a line that would like to be a script."""
    made = [line(f"order {n} paid by 10.0.0.{n % 9}", ago_s=700 - n) for n in range(80)]
    made += [
        line(f"card of order {n} declined", "ERROR", ago_s=300 - n) for n in range(20)
    ]
    made += [line("<img src=x onerror=alert(1)> <num>", "WARN", "web", ago_s=60)]
    made += [line("heap is full\n  at x.py:3", "FATAL", "api", ago_s=50)]
    store.add(made)
    return store


def templates(page: Page) -> list[str]:
    return page.locator(".template").all_inner_texts()


def open_patterns(page: Page, address: str = "/") -> None:
    page.goto(address)
    page.get_by_role("button", name="Patterns", exact=True).click()
    expect(page.locator(".pattern").first).to_be_visible()


def test_the_tab_groups_all_matches_by_what_they_say(lines: Seeded, page: Page) -> None:
    open_patterns(page)

    assert templates(page)[:2] == [
        "order <num> paid by <ip>",
        "card of order <num> declined",
    ]
    assert set(templates(page)[2:]) == {
        "<img src=x onerror=alert(<num>)> <num>",
        "heap is full",
    }
    expect(page.locator(".about")).to_contain_text("4 patterns · of 102 matches")
    expect(page.locator(".pattern").first).to_contain_text("78.4 %")
    expect(page.locator("#rows")).to_be_hidden()


def test_the_chosen_tab_is_in_the_address_and_stays(lines: Seeded, page: Page) -> None:
    open_patterns(page)
    page.fill("#q", "order")
    page.keyboard.press("Enter")
    expect(page.locator(".pattern")).to_have_count(2)
    page.wait_for_url("**/?q=order#patterns")

    page.reload()
    expect(page.locator(".pattern")).to_have_count(2)

    page.keyboard.press("g")
    expect(page.locator("#rows")).to_be_visible()
    expect(page.locator(".pattern").first).to_be_hidden()
    page.wait_for_url("**/?q=order")


def test_a_pattern_is_excluded_with_a_click(lines: Seeded, page: Page) -> None:
    open_patterns(page)
    first = page.locator(".pattern").first
    first.hover()
    first.get_by_role("button", name="exclude").click()

    expect(page.locator(".pattern")).to_have_count(3)
    expect(page.locator("#q")).to_have_value(r"-message:/^order \S+ paid by \S+$/")
    expect(page.locator(".about")).to_contain_text("of 22 matches")


def test_an_included_pattern_shows_its_lines(lines: Seeded, page: Page) -> None:
    open_patterns(page)
    crash = page.locator(".pattern", has_text="heap is full")
    crash.hover()
    crash.get_by_role("button", name="include").click()

    expect(page.locator("#rows > .row")).to_have_count(1)
    expect(page.locator("#rows")).to_contain_text("heap is full")


def test_both_ways_say_where_they_lead(lines: Seeded, page: Page) -> None:
    open_patterns(page)
    acts = page.locator(".pattern").first.locator(".acts")

    include, exclude = acts.get_by_role("button").all()
    assert "Show the lines" in str(include.get_attribute("title"))
    assert "go on with the others" in str(exclude.get_attribute("title"))


@pytest.mark.parametrize(
    ("key", "shown", "hidden"), [("i", "#rows", ".pattern"), ("x", ".pattern", "#rows")]
)
def test_keys_lead_where_the_buttons_do(
    lines: Seeded, page: Page, key: str, shown: str, hidden: str
) -> None:
    open_patterns(page)
    page.locator(".pattern", has_text="heap is full").locator(".template").focus()
    page.keyboard.press(key)
    page.wait_for_url("**q=*heap*")

    expect(page.locator(shown).first).to_be_visible()
    expect(page.locator(hidden).first).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_patterns_look_right(
    lines: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    open_patterns(page, "/#patterns")
    page.locator("#plot .u-over").wait_for()

    look_at(page, "patterns")
