"""The dashboard in a browser: what it counts, where its tiles lead, how it looks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingest import mongo
from ingest.documents import ensure_collections
from stats.documents import DOCUMENTS
from stats.rollup import roll_up
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def counted(store: Seeded) -> Seeded:
    """Half an hour of three services, one with errors, and their rollups."""
    ensure_collections(store.db, DOCUMENTS)
    services = ("api-service", "auth-service", "payment-service")
    store.add(
        line(
            f"order {number} took too long" if number % 3 == 2 else f"order {number}",
            "ERROR" if number % 12 == 2 else "WARN" if number % 5 == 0 else "INFO",
            service=services[number % 3],
            ago_s=60 + number * 5,
        )
        for number in range(360)
    )
    roll_up(store.db)
    return store


def test_it_counts_entries_errors_and_services(counted: Seeded, page: Page) -> None:
    page.goto("/dashboard")

    tiles = page.locator(".tile b")
    expect(tiles).to_have_text(["360", "30", "8.3 %", "3"])
    expect(page.locator(".shares tbody tr")).to_have_count(3)
    expect(page.locator(".shares tbody tr").first).to_contain_text("33.3 %")


def test_a_tile_leads_to_the_search_of_what_it_counts(
    counted: Seeded, page: Page
) -> None:
    page.goto("/dashboard")
    page.locator(".tile", has_text="ERROR and FATAL").click()

    expect(page.locator(".summary")).to_contain_text("30 matches")


def test_a_service_leads_to_its_entries(counted: Seeded, page: Page) -> None:
    page.goto("/dashboard")
    page.get_by_role("link", name="auth-service").first.click()

    expect(page.locator(".summary")).to_contain_text("120 matches")


def test_a_bar_leads_to_the_errors_of_its_window(counted: Seeded, page: Page) -> None:
    page.goto("/dashboard?range=7d")
    over = page.locator("[data-kind=errors] .u-over")
    box = over.bounding_box()
    assert box is not None
    over.click(position={"x": box["width"] - 2, "y": box["height"] - 4})

    expect(page).to_have_url(re.compile(r"from=.*level=FATAL&level=ERROR"))
    expect(page.locator(".row").first).to_contain_text("took too long")


def test_a_recent_error_opens(counted: Seeded, page: Page) -> None:
    page.goto("/dashboard")
    expect(page.locator(".recent .row")).to_have_count(10)
    page.locator(".recent .line").first.click()

    expect(page).to_have_url(re.compile("/entries/[0-9a-f]{32}"))


def test_it_refreshes_itself(counted: Seeded, page: Page) -> None:
    page.goto("/dashboard")
    expect(page.locator(".tile b").first).to_have_text("360")
    counted.add([line("one more")])
    roll_up(counted.db)

    page.evaluate("htmx.trigger('#board', 'refresh')")

    expect(page.locator(".tile b").first).to_have_text("361")
    expect(page.locator("[data-kind=inflow] canvas")).to_be_visible()


def test_an_empty_store_says_how_to_send_a_first_line(
    store: Seeded, page: Page
) -> None:
    page.goto("/dashboard")

    expect(page.locator(".state")).to_contain_text("No entries are stored yet")


def test_it_says_when_nobody_counts(store: Seeded, page: Page) -> None:
    store.add([line("hello")])
    page.goto("/dashboard")

    expect(page.locator(".counted.late")).to_contain_text("do the processes celery")
    expect(page.locator(".shares")).to_contain_text("No entries in this range.")


def test_it_says_when_counting_is_behind(counted: Seeded, page: Page) -> None:
    old = datetime.now(UTC) - timedelta(minutes=5)
    counted.db["clock"].update_one({"_id": "rollups"}, {"$set": {"complete_to": old}})
    page.goto("/dashboard")

    expect(page.locator(".counted.late")).to_contain_text("5.0 min behind")


def test_the_page_stands_while_mongodb_is_away(store: Seeded, page: Page) -> None:
    mongo.configure("mongodb://127.0.0.1:1/logsite?serverSelectionTimeoutMS=100")
    page.goto("/dashboard")

    expect(page.locator(".state")).to_contain_text("MongoDB does not answer")
    mongo.database().client.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_looks_right(
    counted: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/dashboard")
    page.locator("[data-kind=errors] .u-over").wait_for()

    look_at(page, "dashboard")
