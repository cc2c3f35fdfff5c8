"""A chart that old entries stretch: one press leads to where most lines are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]
YEAR_S = 365 * 86_400


@pytest.fixture
def stretched(store: Seeded) -> Seeded:
    """Many lines of the last hour, and a few of many years ago."""
    store.add(line(f"old order {n}", ago_s=(8 + n) * YEAR_S) for n in range(5))
    store.add(line(f"order {n}", ago_s=3_000 - n * 5) for n in range(500))
    return store


def zoom(page: Page) -> Locator:
    return page.get_by_role("button", name="Zoom to where most are")


def is_offered(page: Page) -> bool:
    """Once the chart is drawn for good."""
    page.locator("#plot .u-over").wait_for()
    page.wait_for_load_state("networkidle")
    return zoom(page).is_visible()


def width(page: Page) -> timedelta:
    given = parse_qs(urlsplit(page.url).query)
    start, end = (datetime.fromisoformat(given[name][0]) for name in ("from", "to"))
    return end - start


@pytest.mark.parametrize("query", ["q=order&range=all", "range=all"])
def test_it_zooms_until_they_fill_the_chart(
    stretched: Seeded, page: Page, query: str
) -> None:
    page.goto(f"/?{query}")
    widths: list[timedelta] = []
    while is_offered(page):
        before = page.url
        zoom(page).click()
        page.wait_for_function("before => location.href !== before", arg=before)
        widths.append(width(page))

    assert 1 <= len(widths) <= 5
    assert widths == sorted(widths, reverse=True)
    assert timedelta(minutes=41) < widths[-1] < timedelta(hours=12)
    expect(page.locator("#matched")).to_contain_text("500")


def test_a_key_zooms_too_and_it_is_said_to_where(stretched: Seeded, page: Page) -> None:
    page.goto("/?q=order&range=all")
    assert is_offered(page)
    assert str(zoom(page).get_attribute("title")).endswith("· 99 %")
    page.keyboard.press("z")

    page.wait_for_url("**from=*")


def test_lines_that_fill_the_chart_offer_no_zoom(store: Seeded, page: Page) -> None:
    store.add(line(f"order {n}", ago_s=840 - n * 14) for n in range(60))
    page.goto("/?q=order")

    assert not is_offered(page)
    page.keyboard.press("z")
    assert "from" not in page.url


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_stretched_chart_looks_right(
    stretched: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/?q=order&range=all")
    assert is_offered(page)

    look_at(page, "stretched")
