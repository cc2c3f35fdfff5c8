"""A search that is not over soon: the page goes on by itself, tells how far, stops."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from ingest.query.budget import Allowance
from ingest.query.page import Matched, Partial
from ingest.query.page import Page as Found
from ingest.query.progress import Progress
from ingest.query.tasks import Listing
from logsite.search.turns import Turns
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]

BLOCK = 1_024  # entries; a search reads whole ones


class Gate:
    """Lets a search read one more block whenever a test says so."""

    def __init__(self) -> None:
        self._permits = threading.Semaphore(0)

    def wait(self) -> None:
        self._permits.acquire(timeout=20)

    def open(self, blocks: int = 1) -> None:
        self._permits.release(blocks)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The first answer of a page looks at one block, the rest waits at the gate."""
    gate, steps = Gate(), Listing.steps

    def slowly(self: Listing, db: Database[dict[str, Any]]) -> Iterator[Progress]:
        for step in steps(self, db):
            yield step
            gate.wait()

    monkeypatch.setattr("logsite.search.found.FIRST", Allowance(60, 1))
    monkeypatch.setattr("ingest.query.tasks.Listing.steps", slowly)
    monkeypatch.setattr("logsite.search.following.EVERY_S", 0)
    monkeypatch.setattr("logsite.search.following.LIGHT_S", 60)
    yield gate
    gate.open(1_000)


@pytest.fixture
def haystack(store: Seeded) -> Seeded:
    """Four blocks; a needle in the second newest and the oldest."""
    for block in range(4):
        store.add(
            line(
                f"hay {number}"
                + (" needle" if number == 7 and block in (0, 2) else ""),
                ago_s=800 - block * 120 - number * 0.1,
                service="barn",
            )
            for number in range(BLOCK)
        )
    return store


ASKED = "/?q=*eedl*"  # a stump at both ends: every entry has to be looked at


def test_the_page_goes_on_by_itself_until_all_is_found(
    haystack: Seeded, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsite.search.found.FIRST", Allowance(60, 1))

    page.goto(ASKED)

    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator(".rows .end")).to_contain_text("No older matches")
    expect(page.locator("#matched")).to_have_text("2 matches")


def test_a_search_that_goes_on_and_ends_without_a_match_says_so(
    haystack: Seeded, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsite.search.found.FIRST", Allowance(60, 1))

    page.goto("/?q=*absent*")

    state = page.locator(".rows .state")
    expect(state).to_contain_text("No match in this range")
    expect(state).to_contain_text("Nothing stored matches this search, in any range.")
    expect(page.locator("#matched")).to_contain_text("0 matches")


def test_a_cursor_that_cannot_be_read_is_said_once(
    haystack: Seeded, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Found([], "below", 1, Matched(0, exact=False), None, {}, Partial("time"))
    monkeypatch.setattr("logsite.search.found.search", lambda *_, **__: begun)

    page.goto(ASKED)

    expect(page.locator(".how-far")).to_have_text("This search cannot be run")
    expect(page.get_by_role("button", name="Search on")).to_be_visible()


def test_it_tells_how_far_it_is_and_shows_what_it_has_found(
    haystack: Seeded, page: Page, gate: Gate
) -> None:
    page.goto(ASKED)
    expect(page.locator(".older.going")).to_be_visible()

    gate.open(2)

    expect(page.locator(".how-far")).to_have_text(
        re.compile(r"Looked through [\d,]+ of 4,096 entries, back to [\d-]+ [\d:]+")
    )
    expect(page.locator(".row")).to_have_count(1)
    assert 0 < page.locator(".older progress").evaluate("bar => bar.value") < 1


def test_a_search_is_stopped_and_goes_on_where_it_was(
    haystack: Seeded, page: Page, gate: Gate
) -> None:
    page.goto(ASKED)
    gate.open(2)
    expect(page.locator(".row")).to_have_count(1)

    page.get_by_role("button", name="Stop").click()
    gate.open(1_000)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_role("button", name="Search on").click()

    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator(".rows .end")).to_be_visible()


def test_a_key_stops_a_search_and_lets_it_go_on(
    haystack: Seeded, page: Page, gate: Gate
) -> None:
    page.goto(ASKED)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()

    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Search on")).to_be_visible()
    gate.open(1_000)
    page.keyboard.press("s")

    expect(page.locator(".row")).to_have_count(2)


def test_another_search_ends_the_one_before(
    haystack: Seeded, page: Page, gate: Gate
) -> None:
    page.goto(ASKED)
    expect(page.locator(".older.going")).to_be_visible()
    page.fill("#q", "needle")
    gate.open(1_000)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("q=needle"))
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator(".older.going")).to_have_count(0)


def test_who_waits_is_told_how_many_searches_are_before(
    haystack: Seeded, page: Page, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Turns(at_once=1, in_line=3)
    others = [line.take(iter("abc"), light_s=0) for _ in range(2)]
    assert [[next(one), next(one)][0] for one in others] == ["a", "a"]
    monkeypatch.setattr("logsite.search.following.turns", lambda: line)
    monkeypatch.setattr("logsite.search.following.LIGHT_S", 0)

    page.goto(ASKED)
    gate.open(1_000)
    expect(page.locator(".how-far")).to_have_text("2 searches are before yours")

    for one in others:
        list(one)
    expect(page.locator(".row")).to_have_count(2)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_search_on_its_way_looks_right(
    haystack: Seeded, reader: NewPage, gate: Gate, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto(ASKED)
    gate.open(2)
    expect(page.locator(".row")).to_have_count(1)

    look_at(page, "going")
