"""What a page says when there is nothing to show, or nobody to ask."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingest import mongo
from logsite.accounts.models import User
from logsite.saved.models import SavedSearch
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


def test_an_empty_store_says_how_to_send_a_first_line(page: Page) -> None:
    page.goto("/")

    expect(page.locator(".state")).to_contain_text("No entries are stored yet")
    expect(page.locator("#first-line")).to_contain_text("/api/logs")


def test_an_empty_range_says_when_the_newest_match_was(
    store: Seeded, page: Page
) -> None:
    store.add([line("backup finished", ago_s=5 * 3600), line("something else")])
    page.goto("/?q=backup")
    expect(page.locator(".state")).to_contain_text("The newest match is of")

    page.get_by_role("link", name="Show it").click()

    expect(page).to_have_url(re.compile("range=6h"))
    expect(page.locator(".row")).to_contain_text("backup finished")


def test_a_search_without_any_match_says_so(store: Seeded, page: Page) -> None:
    store.add([line("something else")])
    page.goto("/?q=absent")

    expect(page.locator(".state")).to_contain_text("in any range")


def test_a_search_that_cannot_be_read_points_at_the_character(
    store: Seeded, page: Page
) -> None:
    store.add([line("something else")])
    page.goto("/?q=something+level:loud+x")

    expect(page.locator(".pointed")).to_have_text("something level:loud x")
    expect(page.locator(".pointed mark")).to_have_text("l")
    expect(page.locator(".state")).to_contain_text("This is no level: 'loud'.")


def test_a_field_that_nobody_meant_is_told(store: Seeded, page: Page) -> None:
    store.add([line("connect to localhost:8080 failed")])
    page.goto("/?q=localhost:8080")
    expect(page.locator(".state")).to_contain_text("localhost: was read as a field")

    page.locator("#q").fill('"localhost:8080"')
    page.locator("#q").press("Enter")

    expect(page.locator(".row")).to_have_count(1)


def test_it_says_how_fresh_the_store_is(store: Seeded, page: Page) -> None:
    store.add([line("hello")])
    page.goto("/")

    expect(page.locator("#status")).to_contain_text("complete to")
    expect(page.locator("#status .dot.late")).to_have_count(0)


def test_it_warns_when_storing_is_behind(store: Seeded, page: Page) -> None:
    store.add([line("old", ago_s=3600)])
    store.set_clock(datetime.now(UTC) - timedelta(minutes=3))
    page.goto("/")

    expect(page.locator("#status .dot.late")).to_have_count(1)
    expect(page.locator(".state .late")).to_contain_text("3.0 min behind")


def test_it_points_at_what_is_wrong_in_a_range(store: Seeded, page: Page) -> None:
    store.add([line("hello")])
    page.goto("/?from=yesterday-ish")

    expect(page.locator(".state")).to_contain_text("This is not a date and time.")
    expect(page.get_by_label("Search text")).to_be_visible()


def test_it_points_at_the_character_that_a_search_cannot_take(page: Page) -> None:
    page.goto(f"/?q={'x' * 4001}")

    expect(page.locator(".state")).to_contain_text("cannot be understood")
    expect(page.locator(".pointed mark")).to_have_count(1)


def test_the_page_stands_while_mongodb_is_away(store: Seeded, page: Page) -> None:
    away = "mongodb://127.0.0.1:1/logsite?serverSelectionTimeoutMS=100"
    mongo.configure(away)
    page.goto("/?q=card")

    expect(page.locator(".state")).to_contain_text("MongoDB does not answer")
    expect(page.locator("#status .dot.bad")).to_have_count(1)
    expect(page.locator("#q")).to_have_value("card")
    mongo.database().client.close()


def test_older_rows_that_cannot_be_read_leave_the_list_as_it_is(
    store: Seeded, page: Page, complaints: list[str]
) -> None:
    store.add(line(f"line {number}") for number in range(60))
    page.goto("/")
    away = "mongodb://127.0.0.1:1/logsite"
    mongo.configure(away)
    page.get_by_role("button", name="Load older").click()

    expect(page.get_by_role("alert")).to_contain_text("This did not work")
    expect(page.locator(".row")).to_have_count(50)
    expect(page.get_by_role("button", name="Load older")).to_be_visible()
    complaints.clear()
    mongo.database().client.close()


def test_a_search_while_offline_is_repeated_until_it_is_answered(
    store: Seeded, page: Page, complaints: list[str]
) -> None:
    store.add([line("card declined")])
    page.goto("/")
    page.route("**/?q=*", lambda route: route.abort())
    page.fill("#q", "card")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")

    page.unroute("**/?q=*")

    expect(page.locator(".row mark")).to_have_text("card", timeout=15_000)
    expect(page.get_by_role("alert")).to_be_hidden()
    complaints.clear()


def test_a_link_to_a_line_that_is_gone_is_a_page_not_found(page: Page) -> None:
    answer = page.goto(f"/entries/{'0' * 32}")

    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("older than the retention")


@pytest.mark.parametrize("number", ["999", "abc"])
def test_a_saved_search_that_is_not_there_is_said_and_left_aside(
    store: Seeded, page: Page, number: str
) -> None:
    store.add([line("card declined"), line("card paid")])
    page.goto(f"/?q=declined&saved={number}")

    expect(page.locator(".remark")).to_contain_text(
        f"There is no saved search {number}"
    )
    expect(page.locator("#rows > .row")).to_have_count(1)
    page.fill("#q", "card")
    page.keyboard.press("Enter")
    expect(page.locator("#rows > .row")).to_have_count(2)
    expect(page.locator(".remark")).to_have_count(0)
    assert "saved" not in page.url


def test_a_saved_search_that_is_there_needs_no_remark(
    store: Seeded, page: Page, user: User
) -> None:
    store.add([line("card declined")])
    kept = SavedSearch.objects.create(name="Cards", owner=user, query="q=card")
    page.goto(f"/?q=card&saved={kept.pk}")

    expect(page.locator("#rows > .row")).to_have_count(1)
    expect(page.locator("#saved-name")).to_contain_text("Cards")
    expect(page.locator(".remark")).to_have_count(0)


def test_a_cursor_in_an_address_is_said_and_left_aside(
    store: Seeded, page: Page
) -> None:
    store.add([line("card declined")])
    page.goto("/?q=card&cursor=abc")

    expect(page.locator(".remark")).to_contain_text("was left aside")
    expect(page.locator("#rows > .row")).to_have_count(1)


def test_a_tail_whose_cursor_cannot_be_read_begins_at_the_newest_lines(
    store: Seeded, page: Page
) -> None:
    store.add([line("card declined")])
    page.route_web_socket("**/ws/tail*", lambda socket: None)
    page.goto("/?live=1&cursor=abc")

    expect(page.locator(".remark")).to_contain_text("begins at the newest lines")
    expect(page.locator("#rows > .row")).to_have_count(1)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_was_left_aside_looks_right(
    store: Seeded, reader: NewPage, size: Any
) -> None:
    store.add([line("card declined")])
    page = reader(viewport=size)
    page.goto("/?q=card&cursor=abc&saved=999")
    expect(page.locator(".remark")).to_have_count(2)

    look_at(page, "left-aside")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_refusal_and_its_hint_are_in_the_language_of_the_page(
    store: Seeded, reader: NewPage, size: Any
) -> None:
    store.add([line("something else")])
    page = reader(viewport=size, locale="ko-KR")
    page.goto("/?q=latency:10..x")

    expect(page.locator(".state")).to_contain_text("예: latency:10..20.")
    expect(page.locator(".state")).not_to_contain_text("Such as")
    look_at(page, "refused-korean")
