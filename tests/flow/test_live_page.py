"""Live mode of the search page, in a browser, on the whole site."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import PHONE, WIDE, look_at
from tests.flow.test_from_post_to_page import log_in, make_alice
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.parts]


def post(site: Site, service: str, *messages: str) -> None:
    entries = [{"service": service, "message": message} for message in messages]
    assert site.post(json.dumps(entries)).status_code == 202


@pytest.fixture(scope="module")
def alice(site: Site) -> None:
    make_alice(site)


@pytest.fixture
def live(site: Site, alice: None, page: Page) -> Page:
    log_in(page, site)
    return page


def follow(page: Page, service: str) -> None:
    page.goto(f"/?service={service}&live=1")
    expect(page.locator("#live")).to_have_attribute("data-state", "following")


def texts(page: Page) -> list[str]:
    return page.locator(".row .text").all_inner_texts()


def scroll_up(page: Page) -> None:
    page.locator("#rows").evaluate("rows => rows.scrollTop = 0")
    expect(page.locator("#live")).to_have_attribute("data-state", "frozen")


def numbered(count: int, first: int = 0) -> list[str]:
    return [f"line {number}" for number in range(first, first + count)]


def test_a_posted_line_appears_by_itself(site: Site, live: Page) -> None:
    follow(live, "appears")
    post(site, "appears", "here I am")

    expect(live.get_by_text("here I am")).to_be_visible()


def test_it_begins_with_what_is_stored_and_goes_on_without_overlap_or_hole(
    site: Site, live: Page
) -> None:
    post(site, "joined", *numbered(40))
    site.wait_until_visible()
    post(site, "joined", *numbered(5, 40))
    follow(live, "joined")
    post(site, "joined", *numbered(5, 45))

    expect(live.locator(".row")).to_have_count(50)
    assert sorted(texts(live)) == sorted(numbered(50))


def test_a_reload_goes_on_without_a_gap(site: Site, live: Page) -> None:
    post(site, "reloaded", *numbered(10))
    follow(live, "reloaded")
    post(site, "reloaded", *numbered(10, 10))
    expect(live.locator(".row")).to_have_count(20)
    expect(live).to_have_url(re.compile("cursor="))
    live.goto("about:blank")
    post(site, "reloaded", *numbered(70, 20))  # more than a page of search
    site.wait_until_visible()

    live.go_back()

    expect(live.locator(".row")).to_have_count(90)
    assert sorted(texts(live)) == sorted(numbered(90))


def test_it_freezes_while_somebody_reads_above_and_counts(
    site: Site, live: Page
) -> None:
    post(site, "frozen", *numbered(50))
    site.wait_until_visible()
    follow(live, "frozen")
    scroll_up(live)
    post(site, "frozen", *numbered(7, 50))

    latest = live.get_by_role("button", name="7 new, jump to latest")
    expect(latest).to_be_visible()
    expect(live.locator(".row")).to_have_count(50)
    latest.click()

    expect(live.locator(".row")).to_have_count(57)
    expect(live.locator("#live")).to_have_attribute("data-state", "following")


def test_space_pauses_and_goes_on(site: Site, live: Page) -> None:
    follow(live, "paused")
    live.keyboard.press("Space")
    expect(live.locator("#live-state")).to_have_text("Paused")
    post(site, "paused", *numbered(3))
    expect(live.locator("#latest")).to_have_text("3 new, jump to latest")
    assert texts(live) == []

    live.keyboard.press("Space")

    expect(live.locator(".row")).to_have_count(3)


def test_an_open_line_stays_where_it_is(site: Site, live: Page) -> None:
    post(site, "opened", "read me")
    site.wait_until_visible()
    follow(live, "opened")
    live.get_by_text("read me").click()
    expect(live.locator(".entry")).to_be_visible()

    post(site, "opened", "later")

    expect(live.locator("#latest")).to_have_text("1 new, jump to latest")
    assert texts(live) == ["read me"]


def test_another_filter_begins_anew_in_the_same_mode(site: Site, live: Page) -> None:
    follow(live, "refiltered")
    live.fill("#q", "wanted")
    live.keyboard.press("Enter")
    expect(live).to_have_url(re.compile("q=wanted.*live=1"))
    expect(live.locator("#live")).to_have_attribute("data-state", "following")

    post(site, "refiltered", "not this", "wanted this")

    expect(live.locator(".row mark")).to_have_text("wanted")
    assert texts(live) == ["wanted this"]


def test_log_text_stays_text(site: Site, live: Page) -> None:
    follow(live, "hostile")
    post(site, "hostile", "<img src=x onerror=alert(1)> \x1b[31mred\x1b[0m \u202eback")

    expect(live.locator(".row .text")).to_have_text(
        "<img src=x onerror=alert(1)> red <U+202E>back"
    )


def test_leaving_live_mode_searches_again(site: Site, live: Page) -> None:
    post(site, "left", "found again")
    site.wait_until_visible()
    follow(live, "left")

    live.get_by_label("Live").uncheck()

    expect(live.locator(".summary")).to_contain_text("1 match")
    expect(live).not_to_have_url(re.compile("live"))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_looks_right(site: Site, live: Page, theme: Any, size: Any) -> None:
    service = f"looks-{theme}-{size['width']}"
    live.set_viewport_size(size)
    live.emulate_media(color_scheme=theme)
    follow(live, service)
    post(site, service, *numbered(60))
    expect(live.locator(".row")).to_have_count(60)
    scroll_up(live)
    post(site, service, "one more")
    expect(live.locator("#latest")).to_contain_text("1 new")

    look_at(live, "live")
