"""From a search to its file: what a person sees and gets."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from logsite.exports.tasks import work_exports
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script>"


@pytest.fixture(autouse=True)
def no_celery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that there is work: tests do it themselves."""
    told = "logsite.exports.tasks.work_exports.apply_async"
    monkeypatch.setattr(told, lambda **_: None)


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    store.add(line(f"order {n} was paid", ago_s=600 - n) for n in range(500))
    store.add([line(HOSTILE, "ERROR", ago_s=5)])
    return store


def begin(page: Page, search: str) -> None:
    """By the menu above the results."""
    page.goto(search)
    page.locator(".uses > summary").click()
    page.get_by_role("link", name="Export", exact=True).click()
    page.wait_for_load_state()


def start(page: Page) -> None:
    page.get_by_role("button", name="Start the export").click()
    page.wait_for_load_state()
    expect(page.locator("#state")).to_have_text("waiting")


def downloaded(page: Page, folder: Path) -> bytes:
    with page.expect_download() as found:
        page.get_by_role("link", name="Download").click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path.read_bytes()


def test_everything_that_a_search_finds_becomes_a_file(
    lines: Seeded, page: Page, tmp_path: Path
) -> None:
    begin(page, "/?q=order")
    expect(page.locator("#estimate")).to_contain_text("500 entries")
    start(page)
    work_exports()
    expect(page.locator("#state")).to_have_text("done")
    expect(page.locator("#rows")).to_have_text("500")

    content = downloaded(page, tmp_path)
    rows = [json.loads(row) for row in gzip.decompress(content).splitlines()]
    assert rows[0]["message"] == "order 499 was paid"
    assert len({row["id"] for row in rows}) == 500
    expect(page.locator("#sha256")).to_contain_text(hashlib.sha256(content).hexdigest())


def test_the_estimate_follows_what_is_chosen(lines: Seeded, page: Page) -> None:
    begin(page, "/?q=order")
    before = page.locator("#estimate p").inner_text()
    page.get_by_label("Compress with gzip").uncheck()

    expect(page.locator("#estimate p")).not_to_have_text(before)
    expect(page.locator("#estimate")).to_contain_text("500 entries")


def test_hostile_lines_are_text_in_a_spreadsheet(
    lines: Seeded, page: Page, tmp_path: Path
) -> None:
    begin(page, "/?level=ERROR")
    page.get_by_label("CSV").check()
    page.get_by_label("Compress with gzip").uncheck()
    with page.expect_response(lambda answer: "columns=message" in answer.url):
        page.get_by_label("Columns").fill("message")
        page.keyboard.press("Tab")
    start(page)
    work_exports()
    expect(page.locator("#state")).to_have_text("done")

    content = downloaded(page, tmp_path).decode("utf-8-sig")
    assert content == f'"message"\r\n"\'{HOSTILE}"\r\n'


def test_it_is_cancelled_and_deleted(lines: Seeded, page: Page) -> None:
    begin(page, "/?q=order")
    start(page)
    page.get_by_role("button", name="Cancel this export").click()
    page.wait_for_load_state()
    work_exports()
    expect(page.locator("#state")).to_have_text("cancelled")

    page.get_by_role("button", name="Delete this export").click()
    expect(page.get_by_text("No exports yet")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_look_right(
    lines: Seeded, reader: NewPage, settings: Settings, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/exports")
    look_at(page, "exports-none")
    page.goto("/exports/new?q=order+was&service=payment-service&range=all")
    look_at(page, "exports-new")
    start(page)
    look_at(page, "exports-waiting")
    work_exports()
    expect(page.locator("#state")).to_have_text("done")
    look_at(page, "exports-done")
    page.goto("/exports?all=1")
    look_at(page, "exports-list")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_misspelt_column_is_told_as_it_is_typed(
    lines: Seeded, reader: NewPage, size: Any
) -> None:
    page = reader(viewport=size)
    page.goto("/exports/new?q=order&range=all")
    page.get_by_label("Columns").fill("timestamp, mesage")
    page.get_by_label("Columns").blur()

    expect(page.locator("#estimate")).to_contain_text("Did you mean message?")
    look_at(page, "exports-misspelt")
    start(page)
    expect(page.locator(".waiting")).to_contain_text("Did you mean message?")
