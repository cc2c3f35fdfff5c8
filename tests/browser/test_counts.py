"""What is counted beside the list: matches over time, services, values of fields."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def logins(store: Seeded) -> Seeded:
    """Failed logins of two users on three hosts, and other lines."""
    store.add(
        line(
            "failed login" if number % 3 else "opened",
            "WARN" if number % 3 else "INFO",
            service="auth" if number % 4 else "api",
            ago_s=800 - number,
            user="root" if number % 5 else "mina",
            host=f"web-{number % 3}",
        )
        for number in range(120)
    )
    return store


def count_of(page: Page, service: str) -> Any:
    return page.locator(f'[data-count-service="{service}"]')


def test_services_and_levels_have_counts(logins: Seeded, page: Page) -> None:
    page.goto("/")

    expect(count_of(page, "auth")).to_have_text("90")
    expect(count_of(page, "api")).to_have_text("30")
    expect(page.locator('[data-count="WARN"]')).to_have_text("80")


def test_other_services_keep_their_counts_beside_a_chosen_one(
    logins: Seeded, page: Page
) -> None:
    page.goto("/?service=api")

    expect(count_of(page, "auth")).to_have_text("90")
    expect(page.locator("#matched")).to_contain_text("30 matches")


def test_of_words_the_matches_are_counted_and_drawn(logins: Seeded, page: Page) -> None:
    page.goto("/?q=failed")

    expect(page.locator("#matched")).to_contain_text("80 matches")
    expect(page.locator("#matched")).not_to_contain_text("≥")
    expect(page.locator("#plot")).to_have_attribute(
        "aria-label", "Entries over time: 80 in all"
    )
    expect(page.locator('[data-count="WARN"]')).to_have_text("80")
    expect(page.locator('[data-count="INFO"]')).to_have_text("")
    expect(count_of(page, "auth")).to_have_text("60")


def test_a_field_shows_its_most_frequent_values(logins: Seeded, page: Page) -> None:
    page.goto("/?q=failed")
    page.get_by_text("Fields", exact=False).first.click()
    user = page.locator('.seen [data-name="user"]')
    user.locator("summary").click()

    expect(user.locator("ol li")).to_have_count(2)
    expect(user.locator("ol li").first).to_contain_text("root")
    expect(user.locator("ol li").first).to_contain_text("64")


def test_a_value_is_included_and_excluded_by_a_click(
    logins: Seeded, page: Page
) -> None:
    page.goto("/?q=failed")
    page.get_by_text("Fields", exact=False).first.click()
    page.locator('.seen [data-name="user"] summary').click()
    page.get_by_role("button", name="Include user:=mina").click()

    expect(page.locator("#q")).to_have_value("failed user:=mina")
    expect(page.locator("#matched")).to_contain_text("16 matches")


def test_a_service_is_excluded_by_a_click(logins: Seeded, page: Page) -> None:
    page.goto("/")
    page.locator(".facet", has_text="api").hover()
    page.locator('[data-condition="service:api"]').click()

    expect(page.locator("#q")).to_have_value("-service:api")
    expect(page.locator("#matched")).to_contain_text("90 matches")
    excluded = page.locator(".facet.excluded")
    expect(excluded).to_contain_text("api")
    excluded.get_by_role("button", pressed=True).click()
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator(".facet.excluded")).to_have_count(0)


def test_counts_that_fail_leave_the_list_alone(
    logins: Seeded, page: Page, complaints: list[str]
) -> None:
    page.route(re.compile(r"/counts\?"), lambda route: route.abort())
    page.route(re.compile(r"/histogram\?"), lambda route: route.abort())

    page.goto("/?service=api")

    expect(page.locator(".row")).to_have_count(30)
    expect(page.locator(".chart-note")).to_have_text("The chart could not be loaded.")
    complaints.clear()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_counts_look_right(
    logins: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/?q=failed")
    expect(page.locator("#plot .u-over")).to_be_visible()
    if size == PHONE:
        page.get_by_role("button", name="Filters").click()
    page.get_by_text("Fields", exact=False).first.click()
    page.locator('.seen [data-name="user"] summary').click()

    look_at(page, "counts")
