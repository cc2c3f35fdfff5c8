"""One story in the browser: from a failed login's address to the hour's export."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from ingest.entry import LogEntry
from logsite.exports.tasks import work_exports
from tests.browser.conftest import NewPage
from tests.browser.looks import shoot
from tests.browser.seed import Seeded

pytestmark = [pytest.mark.browser, pytest.mark.parts]

ADDRESS: Final = "203.0.113.7"
FAILED: Final = (
    f"Failed password for invalid user oracle from {ADDRESS} port 51022 ssh2"
)
MINUTES: Final = 55  # of what is stored


@pytest.fixture
def at() -> datetime:
    """When the login failed: some way into a minute, half an hour ago."""
    now = datetime.now(UTC)
    return (now - timedelta(minutes=30)).replace(second=20, microsecond=0)


@pytest.fixture
def hosts(store: Seeded, at: datetime) -> Seeded:
    """Two hosts that write every ten seconds; on one of them a login fails."""
    store.add(sorted(lines(at), key=lambda entry: entry.timestamp))
    return store


def lines(at: datetime) -> Iterator[LogEntry]:
    begin = at - timedelta(minutes=25)
    for number in range(MINUTES * 6):
        moment = begin + timedelta(seconds=10 * number)
        if moment < datetime.now(UTC):
            yield entry(moment, f"Connection closed by 10.0.0.{number % 200}", number)
    for seconds, message in enumerate(
        (
            FAILED,
            "Accepted password for backup from 10.0.0.9",
            "session opened for root",
        )
    ):
        level = "WARN" if message == FAILED else "INFO"
        moment = at + timedelta(seconds=seconds)
        yield LogEntry(moment, level, "sshd", message, {"host": "web-2"})


def entry(moment: datetime, message: str, number: int) -> LogEntry:
    return LogEntry(moment, "INFO", "sshd", message, {"host": f"web-{1 + number % 2}"})


@pytest.fixture(autouse=True)
def no_celery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that there is work: the test does it itself."""
    told = "logsite.exports.tasks.work_exports.apply_async"
    monkeypatch.setattr(told, lambda **_: None)


def test_a_failed_login_is_found_understood_shared_and_exported(
    hosts: Seeded, page: Page, colleague: NewPage, at: datetime, tmp_path: Path
) -> None:
    find_by_address(page)
    see_what_happened_around(page)
    narrow_to_the_minute(page, at)
    save(page)
    link = link_to_the_line(page)
    see_the_same_line(colleague(), link)
    rows = export_the_hour(page, tmp_path)

    assert FAILED in [row["message"] for row in rows]
    assert {row["metadata"]["host"] for row in rows} == {"web-2"}
    assert len(rows) > MINUTES * 2


def find_by_address(page: Page) -> None:
    page.goto("/")
    page.fill("#q", f"failed {ADDRESS}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No match in this range")).to_be_visible()
    page.get_by_role("link", name="Show it").click()
    expect(page.locator("#rows > .row")).to_have_count(1)
    expect(page.locator("#rows > .row")).to_contain_text(FAILED)
    page.locator("#plot .u-over").wait_for()
    shoot(page, "story-1-found")


def see_what_happened_around(page: Page) -> None:
    """On its host alone, whatever was searched."""
    page.keyboard.press("j")
    page.keyboard.press("c")
    around = page.locator(".around")
    expect(around.locator(".here")).to_contain_text(FAILED)
    expect(around).to_contain_text("session opened for root")
    expect(around.locator("[aria-current=true]")).to_contain_text("web-2")
    shoot(page, "story-2-around")
    page.keyboard.press("c")
    expect(around).to_have_count(0)


def narrow_to_the_minute(page: Page, at: datetime) -> None:
    """By brushing: first some minutes around it, then the one."""
    minute = at.replace(second=0)
    brush(page, minute - timedelta(minutes=2), minute + timedelta(minutes=3))
    brush(page, minute, minute + timedelta(minutes=1))
    start, end = shown_range(page)
    assert start <= at < end
    assert end - start <= timedelta(seconds=70)
    expect(page.locator("#rows > .row")).to_contain_text(FAILED)
    shoot(page, "story-3-minute")


def brush(page: Page, start: datetime, end: datetime) -> None:
    page.locator("#plot .u-over").wait_for()
    box = page.locator("#plot .u-over").bounding_box()
    assert box
    before, (first, last) = page.url, shown_range(page)
    for moment, act in ((start, page.mouse.down), (end, page.mouse.up)):
        share = (moment - first) / (last - first)
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 20, steps=4)
        act()
    expect(page).not_to_have_url(before)


def shown_range(page: Page) -> tuple[datetime, datetime]:
    found = page.locator("#found")
    ends = [found.get_attribute(f"data-{name}") or "" for name in ("start", "end")]
    return datetime.fromisoformat(ends[0]), datetime.fromisoformat(ends[1])


def save(page: Page) -> None:
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(f"Failed logins from {ADDRESS}")
    shoot(page, "story-4-save")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_contain_text(f"Failed logins from {ADDRESS}")
    expect(dialog).to_be_hidden()


def link_to_the_line(page: Page) -> str:
    page.locator("#rows > .row .time").focus()
    page.keyboard.press("Y")
    expect(page.locator("#said")).to_contain_text("/s/")
    shoot(page, "story-5-link")
    return str(page.evaluate("navigator.clipboard.readText()"))


def see_the_same_line(page: Page, link: str) -> None:
    assert re.search(r"/s/\w+$", link)
    page.goto(link)
    linked = page.locator(".row.linked")
    expect(linked).to_contain_text(FAILED)
    expect(linked).to_be_in_viewport()
    expect(page.locator("#q")).to_have_value(f"failed {ADDRESS}")
    page.locator("#plot .u-over").wait_for()
    shoot(page, "story-6-colleague")


def export_the_hour(page: Page, folder: Path) -> list[dict[str, Any]]:
    """All that its host wrote."""
    page.fill("#q", "host:web-2")
    page.locator(".range > summary").click()
    page.get_by_label("Last hour").check()
    expect(page.locator("#matched")).not_to_contain_text("1 match ")
    assert parse_qs(urlsplit(page.url).query)["range"] == ["1h"]
    page.locator(".uses > summary").click()
    page.get_by_role("link", name="Export", exact=True).click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Start the export").click()
    page.wait_for_load_state()
    work_exports()
    expect(page.locator("#state")).to_have_text("done")
    shoot(page, "story-7-export")
    with page.expect_download() as found:
        page.get_by_role("link", name="Download").click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return [json.loads(row) for row in gzip.decompress(path.read_bytes()).splitlines()]
