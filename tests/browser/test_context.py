"""The lines around one: in place, for one scope after the other, and as a page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingest.query.budget import Allowance
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line
from tests.browser.test_live import Server

pytestmark = [pytest.mark.browser, pytest.mark.parts]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    """Two hosts in turn, all of one moment; one line of them is looked for."""
    store.add(
        line(
            "needle in the hay" if number == 70 else f"step {number}",
            "ERROR" if number == 70 else "INFO",
            "api-service",
            ago_s=60,
            host=f"api-{number % 2}",
            **({"trace_id": TRACE} if number in (69, 70, 90) else {}),
        )
        for number in range(140)
    )
    return store


def around(page: Page) -> list[str]:
    return page.locator(".around .row .text").all_inner_texts()


def open_needle(page: Page) -> None:
    page.goto("/?q=needle")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".around .here")).to_contain_text("needle")


def test_a_key_shows_the_lines_around_in_the_order_of_writing(
    lines: Seeded, page: Page
) -> None:
    open_needle(page)

    steps = [f"step {number}" for number in range(50, 92, 2)]
    steps[10] = "needle in the hay"
    assert around(page) == steps
    expect(page.locator("#rows > .row")).to_have_count(1)  # the search is untouched
    expect(page.locator(".here .time")).to_be_focused()


def test_the_key_closes_again_and_gives_the_focus_back(
    lines: Seeded, page: Page
) -> None:
    open_needle(page)
    page.keyboard.press("c")
    expect(page.locator(".around")).to_have_count(0)
    expect(page.locator("#rows > .row .time")).to_be_focused()

    page.keyboard.press("c")
    expect(page.locator(".around .here")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".around")).to_have_count(0)


def test_a_scope_is_chosen_and_remembered(lines: Seeded, page: Page) -> None:
    open_needle(page)
    page.locator(".chip", has_text="Trace").click()

    expect(page.locator(".around .row")).to_have_count(3)
    assert around(page) == ["step 69", "needle in the hay", "step 90"]

    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".chip[aria-current]")).to_contain_text("Trace")
    expect(page.locator(".around .row")).to_have_count(3)


def test_more_lines_come_on_either_side(lines: Seeded, page: Page) -> None:
    open_needle(page)
    page.get_by_role("button", name="Earlier lines").click()
    expect(page.locator(".around .row").first).to_contain_text("step 0")
    expect(page.locator(".around")).to_contain_text("Nothing earlier is stored")

    page.get_by_role("button", name="Later lines").click()
    expect(page.locator(".around .row").last).to_contain_text("step 138")
    expect(page.locator(".around .row")).to_have_count(70)


def test_a_line_around_can_be_opened_and_has_lines_around_itself(
    lines: Seeded, page: Page
) -> None:
    open_needle(page)
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    opened = page.locator(".around .row.open")
    expect(opened).to_contain_text("step 68")
    expect(opened.locator(".entry")).to_contain_text("api-0")

    page.keyboard.press("c")
    expect(page.locator(".around .around .here")).to_contain_text("step 68")
    page.keyboard.press("Escape")
    expect(page.locator(".around")).to_have_count(1)


def test_the_link_in_the_details_opens_in_place_or_as_a_page(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?q=needle")
    page.locator(".row .line").click()
    link = page.get_by_role("link", name="Lines around it")
    link.click()
    expect(page.locator(".around .here")).to_contain_text("needle")

    page.goto(link.get_attribute("href") or "")
    expect(page.locator("#rows .here")).to_contain_text("needle")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".row.open .entry")).to_contain_text("api-0")


def test_the_same_lines_can_be_searched(lines: Seeded, page: Page) -> None:
    open_needle(page)
    page.get_by_role("link", name="As a search").click()

    expect(page).to_have_url(re.compile("service=api-service"))
    page.get_by_role("button", name="Load older").click()
    expect(page.locator("#matched")).to_contain_text("70 matches")


def test_what_is_not_stored_any_more_is_said(
    lines: Seeded, page: Page, complaints: list[str]
) -> None:
    page.goto("/?q=needle")
    page.keyboard.press("j")
    lines.db["blocks"].delete_many({})
    page.keyboard.press("c")

    expect(page.locator("#notice")).to_contain_text("404")
    expect(page.locator(".around")).to_have_count(0)
    complaints.clear()


def test_a_live_list_stands_still_while_the_lines_around_one_are_open(
    lines: Seeded, page: Page
) -> None:
    server = Server()
    page.route_web_socket(re.compile("/ws/tail"), server.connected)
    page.goto("/?live=1")
    page.locator("#rows > .row .time").last.focus()
    page.keyboard.press("c")
    expect(page.locator(".around .here")).to_contain_text("step 139")

    server.entries(1)
    server.status()
    expect(page.locator("#live")).to_have_attribute("data-state", "frozen")
    page.locator("#latest").click()
    expect(page.locator("#rows > .row").last).to_contain_text("line 0")
    expect(page.locator(".around")).to_have_count(0)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_lines_around_look_right(
    lines: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/?q=needle+OR+69+OR+71+OR+80")
    page.locator("#plot .u-over").wait_for()
    page.locator("#rows > .row", has_text="needle").locator(".time").focus()
    page.keyboard.press("c")
    expect(page.locator(".around .here")).to_be_visible()

    look_at(page, "context")


@pytest.fixture
def far(store: Seeded, monkeypatch: pytest.MonkeyPatch) -> Seeded:
    """Two lines of one host, with some blocks of another between; little is allowed."""
    monkeypatch.setattr("logsite.search.around.ALLOWED", Allowance(entries=1))
    noise = [line("not quiet", ago_s=600, host="loud") for _ in range(3 * 1_024)]
    quiet = [line(f"{name} of the quiet", host="quiet") for name in ("first", "last")]
    store.add([quiet[0], *noise, quiet[1]])
    return store


def test_where_much_lies_between_it_reads_on_as_long_as_somebody_wants(
    far: Seeded, page: Page
) -> None:
    page.goto("/?q=last")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".around .here")).to_contain_text("last of the quiet")

    looked_at: set[str] = set()
    while (read_on := page.get_by_role("button", name="Read on")).count():
        looked_at.add(page.locator(".around .how-far").inner_text())
        with page.expect_response("**/context/before?*"):
            read_on.click()
        expect(page.locator(".around .htmx-request")).to_have_count(0)
    expect(page.locator(".around .row").first).to_contain_text("first of the quiet")
    expect(page.locator(".around .end").first).to_have_text("Nothing earlier is stored")
    assert len(looked_at) == 3  # more each time


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_offer_to_read_on_looks_right(
    far: Seeded, reader: NewPage, size: Any
) -> None:
    page = reader(viewport=size)
    page.goto("/?q=last")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Read on")).to_be_visible()

    look_at(page, "context-read-on")
