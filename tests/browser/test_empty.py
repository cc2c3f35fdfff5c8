"""An empty answer on the page: what there is instead, and what to press."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def yesterday(store: Seeded) -> Seeded:
    """Three failed logins of the day before, and one line of today."""
    store.add(line("failed login", service="auth", ago_s=90_000 + n) for n in range(3))
    store.add([line("order placed", service="shop")])
    return store


def test_it_says_how_many_there_are_in_all_time_and_leads_there(
    yesterday: Seeded, page: Page
) -> None:
    page.goto("/?q=failed")
    state = page.locator(".state")
    expect(state).to_contain_text("The newest match is of")
    expect(state).to_contain_text("All time has 3.")

    page.get_by_role("link", name="Search all time").click()

    expect(page.locator(".row")).to_have_count(3)


def test_it_says_when_the_service_was_heard_of_last(
    yesterday: Seeded, page: Page
) -> None:
    page.goto("/?q=absent&service=shop&service=gone")

    state = page.locator(".state")
    expect(state).to_contain_text("The newest entry of shop is of")
    expect(state).to_contain_text("No entry of gone is stored.")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_an_empty_answer_looks_right(
    yesterday: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/?q=failed&service=auth")
    expect(page.locator(".state")).to_contain_text("All time has 3.")

    look_at(page, "empty")
