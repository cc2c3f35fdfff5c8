"""Finding a line, opening it, and getting on without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    """Three lines of the last minutes, newest first: cards, retries, a login."""
    store.add(
        [
            line("session opened for mina", service="auth-service", ago_s=90),
            line("retry 2 of 3", "WARN", ago_s=60, order=8812),
            line("Card declined for order 8812", "ERROR", ago_s=30, http={"code": 502}),
        ]
    )
    return store


@pytest.mark.parametrize("path", ["/kafka", "/alerts", "/dashboard"])
def test_every_page_has_the_keys_for_help_and_search(
    lines: Seeded, page: Page, path: str
) -> None:
    page.goto(path)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()

    page.keyboard.press("/")
    page.wait_for_url("**/")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_the_list_says_which_part_of_the_chart_it_shows(
    store: Seeded, page: Page
) -> None:
    store.add(line(f"order {number}", ago_s=800 - number) for number in range(60))
    page.goto("/")
    expect(page.locator("#chart-loaded")).to_be_visible()

    page.goto("/?level=FATAL")
    expect(page.locator("#chart-loaded")).to_be_hidden()


def rows(page: Page) -> list[str]:
    return page.locator(".row .text").all_inner_texts()


def test_it_shows_the_newest_lines_first(lines: Seeded, page: Page) -> None:
    page.goto("/")

    assert rows(page) == [
        "Card declined for order 8812",
        "retry 2 of 3",
        "session opened for mina",
    ]
    expect(page.locator(".summary")).to_contain_text("3 matches")


def test_it_finds_a_line_by_words_of_message_and_metadata(
    lines: Seeded, page: Page
) -> None:
    page.goto("/")
    page.fill("#q", "8812 -card")
    page.keyboard.press("Enter")

    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("retry 2 of 3")
    expect(page).to_have_url(re.compile(r"/\?q=8812\+-card$"))


def test_it_marks_the_words_that_were_found(lines: Seeded, page: Page) -> None:
    page.goto("/?q=card+order")

    assert page.locator(".row mark").all_inner_texts() == ["Card", "order"]


def test_a_filter_runs_at_once_and_is_in_the_address(lines: Seeded, page: Page) -> None:
    page.goto("/")
    page.get_by_label("auth-service").check()

    expect(page.locator(".row")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"service=auth-service"))
    expect(page.get_by_label("auth-service")).to_be_checked()

    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".row")).to_have_count(3)


def test_the_keyboard_opens_reads_and_closes_a_line(lines: Seeded, page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")

    details = page.locator(".row").first.locator(".details")
    expect(details).to_be_visible()
    expect(details).to_contain_text("http.code")
    expect(details).to_contain_text("502")

    page.keyboard.press("Escape")
    expect(details).to_be_hidden()
    expect(page.locator(".row .time").first).to_be_focused()


def test_the_list_of_keys_opens_with_a_question_mark(lines: Seeded, page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")

    expect(page.get_by_role("dialog")).to_contain_text("Next or previous line")

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_search_box_explains_its_language(lines: Seeded, page: Page) -> None:
    page.goto("/")
    page.get_by_label("How to search").click()

    expect(page.locator(".grammar dl")).to_contain_text("level:>=warn")


def test_it_finds_by_fields_alternatives_and_wildcards(
    lines: Seeded, page: Page
) -> None:
    page.goto("/")
    page.locator("#q").fill("http.code:>=500 OR (retr* level:warn)")
    page.locator("#q").press("Enter")

    expect(page.locator(".row")).to_have_count(2)


def test_a_range_is_said_in_words(lines: Seeded, page: Page) -> None:
    page.goto("/")
    page.locator("#range summary").click()
    page.locator("#when").fill("last 45 seconds")
    page.get_by_role("button", name="Apply").click()

    expect(page.locator(".row")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"when=last(\+|%20)45(\+|%20)seconds"))
    expect(page.locator("#range summary")).to_contain_text("last 45 seconds")


def test_an_open_line_shows_the_entry_as_json(lines: Seeded, page: Page) -> None:
    page.goto("/?q=declined")
    page.locator(".row .line").click()
    page.get_by_role("button", name="JSON").click()

    expect(page.locator(".json")).to_contain_text('"service": "payment-service"')


def test_a_line_and_its_link_are_copied_by_key(lines: Seeded, reader: NewPage) -> None:
    page = reader(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/?q=declined")
    page.keyboard.press("j")
    page.keyboard.press("y")

    expect(page.locator("#said")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(" ERROR payment-service Card declined for order 8812")

    page.keyboard.press("Y")
    expect(page.locator("#said")).to_contain_text("/s/")
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    linked = page.locator("#rows > .row.linked")
    expect(linked).to_contain_text("Card declined for order 8812")


def test_older_lines_are_added_below_and_none_is_shown_twice(
    store: Seeded, page: Page
) -> None:
    store.add(line(f"line {number}", ago_s=600 - number) for number in range(130))
    page.goto("/")
    expect(page.locator(".row")).to_have_count(50)

    page.get_by_role("button", name="Load older").click()
    expect(page.locator(".row")).to_have_count(100)
    page.get_by_role("button", name="Load older").click()
    expect(page.locator(".row")).to_have_count(130)

    assert rows(page) == [f"line {number}" for number in reversed(range(130))]
    expect(page.locator(".end")).to_be_visible()


def test_dragging_over_the_chart_zooms_in(lines: Seeded, page: Page) -> None:
    page.goto("/?range=1h")
    chart = page.locator("#plot .u-over")
    chart.wait_for()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 20, steps=4)
    page.mouse.up()

    expect(page).to_have_url(re.compile(r"from=.*&to="))
    expect(page.locator(".state")).to_contain_text("No match in this range")


def test_brackets_shift_the_range(lines: Seeded, page: Page) -> None:
    page.goto("/?range=1h")
    page.keyboard.press("[")

    expect(page).to_have_url(re.compile(r"from=.*&to="))
    expect(page.locator("#found")).to_be_visible()


def test_wrapping_is_remembered(lines: Seeded, page: Page) -> None:
    page.goto("/")
    page.keyboard.press("w")
    page.reload()

    expect(page.locator("#rows")).to_have_class("rows wrapped")


def test_times_are_shown_in_the_readers_zone(lines: Seeded, reader: NewPage) -> None:
    page = reader(timezone_id="Asia/Seoul")
    page.goto("/")  # this first page tells the zone
    page.goto("/?q=declined")
    page.locator(".row .line").click()

    expect(page.locator(".fields")).to_contain_text("+09:00")


def test_times_are_shown_in_utc_for_those_who_choose_it(
    lines: Seeded, reader: NewPage
) -> None:
    page = reader(timezone_id="Asia/Seoul")
    page.goto("/")
    page.locator(".you > summary").click()
    page.get_by_role("button", name="UTC").click()
    page.wait_for_load_state()
    page.goto("/?q=declined")
    page.locator(".row .line").click()

    expect(page.locator(".fields")).to_contain_text("+00:00")
    expect(page.locator(".fields")).to_contain_text("ago")


def test_going_back_brings_the_search_before(lines: Seeded, page: Page) -> None:
    page.goto("/?q=declined")
    page.fill("#q", "retry")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_contain_text("retry 2 of 3")

    page.go_back()

    expect(page.locator("#q")).to_have_value("declined")
    expect(page.locator(".row")).to_contain_text("Card declined")
