"""Values of an entry become parts of the search, and columns of the list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    store.add(
        [
            line("declined one", "ERROR", ago_s=90, host="web-1", http={"code": 502}),
            line("declined two", "WARN", ago_s=60, host="web-2", http={"code": 402}),
            line("declined three", ago_s=30, host='web "3"', http={"code": 502}),
        ]
    )
    return store


def opened(page: Page, text: str, address: str = "/") -> Locator:
    page.goto(address)
    page.locator(".row .line", has_text=text).click()
    entry = page.locator(".entry")
    expect(entry).to_be_visible()
    return entry


def act(entry: Locator, field: str, name: str) -> None:
    row = entry.locator("tr", has_text=field)
    row.hover()
    row.get_by_role("button", name=name, exact=True).click()


def test_a_value_is_included_and_taken_back(lines: Seeded, page: Page) -> None:
    entry = opened(page, "three")
    act(entry, "host", "include")
    expect(page.locator("#q")).to_have_value('host:="web \\"3\\""')
    expect(page.locator(".row")).to_have_count(1)

    page.locator(".row .line").click()
    include = page.locator("tr", has_text="host").get_by_role("button", name="include")
    expect(include).to_have_attribute("aria-pressed", "true")
    include.click()
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator(".row")).to_have_count(3)


def test_a_value_is_excluded_from_either_of_two(lines: Seeded, page: Page) -> None:
    entry = opened(page, "three", "/?q=one+OR+three")
    act(entry, "http.code", "exclude")

    expect(page.locator("#q")).to_have_value("(one OR three) -http.code:=502")
    expect(page.locator("#found .state")).to_be_visible()


def test_a_level_is_excluded_by_key(lines: Seeded, page: Page) -> None:
    entry = opened(page, "one")
    entry.locator("tr", has_text="level").hover()
    page.keyboard.press("x")

    expect(page.locator("#q")).to_have_value("-level:error")
    expect(page.locator(".row")).to_have_count(2)


def test_a_field_becomes_a_column_that_is_in_the_address_and_remembered(
    lines: Seeded, page: Page
) -> None:
    entry = opened(page, "one")
    act(entry, "http.code", "column")

    cells = page.locator("#rows .cell")
    expect(cells).to_have_text(["502", "402", "502"])
    expect(page).to_have_url(re.compile(r"columns=http\.code"))

    page.goto("/?q=two")
    expect(cells).to_have_text(["402"])
    page.get_by_role("button", name="Column http.code").click()
    expect(cells).to_have_count(0)
    page.goto("/")
    expect(page.locator(".row")).to_have_count(3)
    expect(cells).to_have_count(0)


def test_the_list_of_fields_is_narrowed_and_chosen_from(
    store: Seeded, page: Page
) -> None:
    fields = {f"field_{n}": n for n in range(9)}
    store.add([line("many", host="web-1", fields=fields)])
    page.goto("/")
    page.locator(".seen > summary").click()
    page.locator(".seen input").fill("OST")
    expect(
        page.locator(".facet-field").first
    ).to_be_attached()  # counted, not only seen
    expect(page.locator(".seen li[data-name]:visible")).to_have_count(1)
    host = page.locator('.seen li[data-name="host"]')
    host.locator("summary").click()
    host.get_by_role("button", name="column").click()

    expect(page.locator("#rows .cell")).to_have_text("web-1")


def test_columns_of_an_address_are_for_this_page_only(
    lines: Seeded, reader: NewPage
) -> None:
    page = reader()
    page.goto("/?columns=host")
    expect(page.locator("#rows .cell").first).to_have_text('web "3"')

    page.goto("/")
    expect(page.locator("#rows .cell")).to_have_count(0)


def test_a_value_of_an_entry_on_its_own_page_leads_to_a_search(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?q=two")
    page.goto(f"/entries/{page.locator('.row').get_attribute('data-id')}")
    act(page.locator(".entry"), "host", "include")

    page.wait_for_url("**/?q=*")
    expect(page.locator("#q")).to_have_value("host:=web-2")
    expect(page.locator(".row")).to_have_count(1)
