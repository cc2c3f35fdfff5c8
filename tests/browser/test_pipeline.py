"""The pipeline page in a browser: what it says when all is well, and when it is not."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingest import mongo
from ingest.ledger import arrivals
from ingest.ledger.arrivals import Arrivals
from ingest.ledger.balance import MINUTE, minute_of
from logsite.health import Board
from logsite.pipeline import board, views
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded
from tests.logsite.pipeline.acknowledged import Acknowledged
from tests.logsite.pipeline.written import even, unread

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture(autouse=True)
def other_parts_are_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "parts", lambda: Board(()))
    monkeypatch.setattr(board, "SILENT_CLOCK_S", 600.0)  # nobody moves the clock here


def set_clock(store: Seeded, *reasons: dict[str, Any], behind_s: float = 0.3) -> None:
    now = datetime.now(UTC)
    clock = {
        "_id": "clock",
        "complete_to": now - timedelta(seconds=behind_s),
        "at": now,
        "partitions": [
            {"partition": n, "visible": 40_211 - n, "end": 40_211} for n in range(3)
        ],
        "holds": [],
        "reasons": [{"detail": "", "count": 0, "since": None, **r} for r in reasons],
        "warnings": [],
    }
    store.db["clock"].replace_one({"_id": "clock"}, clock, upsert=True)


@pytest.fixture
def well(store: Seeded) -> Seeded:
    """A quarter of an hour in which every offset is accounted for."""
    minute = minute_of(datetime.now(UTC))
    minutes = [even(minute - n * MINUTE, tokens={"1": 990}) for n in range(3, 15)]
    store.db["ledger"].insert_many([*minutes, unread(minute - 2 * MINUTE, 817)])
    set_clock(store)
    return store


@pytest.fixture
def troubled(well: Seeded) -> Seeded:
    """A lost range, a generation, a stopped partition, and a minute that is out."""
    now = datetime.now(UTC)
    switch = {
        "generation": 1,
        "offset": 38_004,
        "stored_last": 38_100,
        "reason": "log_cut",
        "at": now,
    }
    stopped = {"reason": "too many dead letters", "since": now, "offset": 40_209}
    head = {"topic": "logs", "start": 0, "generation": 1}
    well.db["heads"].insert_many(
        [
            {**head, "_id": "t/0", "partition": 0, "switches": [switch]},
            {**head, "_id": "t/2", "partition": 2, "stopped": stopped},
        ]
    )
    lost = {"states": {"lost": 1_200}, "holes": [["lost", 12_000, 13_199]]}
    block = {"topic": "logs", "partition": 1, "max_received": now}
    well.db["blocks"].insert_one({"_id": b"1", **block, **lost})
    letter = {"topic": "logs", "received": now}
    well.db["dead_letters"].insert_many(
        {**letter, "_id": bytes([n]), "code": "invalid_json"} for n in range(7)
    )
    came = Arrivals(
        Counter({"1": 61_250, "2": 4}),
        Counter({"1": 12}),
        Counter({("2", 429, "rate_limited"): 312, ("", 401, "unknown_token"): 6}),
    )
    arrivals.write(
        well.db, "web", {int(now.timestamp()) // 60 - n: came for n in (0, 1)}
    )
    minute = minute_of(now) - 20 * MINUTE
    out = even(minute, missing=5, gaps=((1, 300, 304),), tokens={"1": 1_010})
    well.db["ledger"].insert_one(out)
    set_clock(
        well,
        {"kind": "behind", "partition": 1, "count": 1_234},
        {
            "kind": "stopped",
            "partition": 2,
            "count": 40_209,
            "detail": "too many dead letters",
        },
        behind_s=95,
    )
    return well


def test_all_is_well(well: Seeded, page: Page) -> None:
    page.goto("/pipeline")

    ledger = page.locator(".ledger tbody tr")
    expect(ledger).to_have_count(13)
    expect(ledger.first).to_contain_text("not all visible yet")
    expect(ledger.nth(1)).to_contain_text("accounted for")
    expect(page.locator(".ledger .out")).to_have_count(0)
    expect(page.locator(".troubles")).to_have_count(0)
    expect(page.locator(".all-well")).to_be_visible()
    expect(page.get_by_text("None: every message that came")).to_be_visible()


def test_what_is_wrong_is_said_in_numbers(troubled: Seeded, page: Page) -> None:
    page.goto("/pipeline")

    holds = page.locator(".troubles")
    expect(holds.locator("li").first).to_have_class("bad")
    expect(holds).to_contain_text("5 offsets of the last hour are not accounted for")
    expect(holds).to_contain_text("Partition 1 is 1,234 messages behind.")
    expect(holds).to_contain_text("stopped at offset 40,209: too many dead letters")
    expect(page.locator('.stages > [data-state="bad"]')).to_have_text(
        re.compile("^Store")
    )
    shown = page.locator(".board")
    expect(shown).to_contain_text("from 38,004, stored to 38,100 before")
    expect(shown).to_contain_text("12,000 – 13,199")
    expect(shown).to_contain_text("manage.py dead_letters allow -p 2")
    expect(shown).to_contain_text("invalid_json")
    expect(page.locator(".ledger tbody tr").last).to_contain_text("300 – 304")


def test_who_is_refused_is_named_with_the_next_step(
    troubled: Seeded, page: Page
) -> None:
    page.goto("/pipeline")

    troubles = page.locator(".troubles")
    expect(troubles).to_contain_text("Token 2 was refused 624 times")
    expect(troubles).to_contain_text("429 rate_limited")
    expect(troubles).to_contain_text("manage.py token change 2 --rate-entries")
    first = page.locator(".stages > li").first
    expect(first).to_have_attribute("data-state", "late")
    expect(first).to_contain_text("1020.9")
    rows = page.get_by_role("region", name="Tokens").locator("tbody tr")
    expect(rows.first).to_contain_text("122,500")
    expect(rows.nth(1)).to_contain_text("624")
    expect(rows.last).to_contain_text("no known token")


def test_a_moment_of_lag_is_worth_no_word(well: Seeded, page: Page) -> None:
    set_clock(well, {"kind": "behind", "partition": 1, "count": 20})
    page.goto("/pipeline")

    expect(page.locator(".stages")).to_be_visible()
    expect(page.locator(".troubles")).to_have_count(0)


def test_the_page_follows(well: Seeded, page: Page) -> None:
    page.goto("/pipeline")
    expect(page.locator(".troubles")).to_have_count(0)

    set_clock(well, {"kind": "replaced", "partition": 0})

    expect(page.locator(".troubles")).to_contain_text("made anew", timeout=20_000)


def test_the_rail_leads_to_it(well: Seeded, page: Page) -> None:
    page.goto("/kafka")
    page.get_by_role("link", name="Pipeline").click()

    expect(page.locator(".stages")).to_be_visible()


def test_it_says_what_starts_the_clock(store: Seeded, page: Page) -> None:
    page.goto("/pipeline")

    expect(page.locator(".state")).to_contain_text("The data clock has not started")


def test_it_stands_while_mongodb_is_away(store: Seeded, page: Page) -> None:
    mongo.configure("mongodb://127.0.0.1:1/logsite?serverSelectionTimeoutMS=100")
    page.goto("/pipeline")

    expect(page.locator(".state")).to_contain_text("MongoDB does not answer")
    mongo.database().client.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_looks_right(
    troubled: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/pipeline")
    expect(page.locator(".ledger")).to_be_visible()

    look_at(page, "pipeline")


@pytest.fixture
def sent(well: Seeded) -> Acknowledged:
    """A request of ten, of which two are in the dead letters."""
    sent = Acknowledged(well.db)
    sent.send(8)
    sent.send(2, bad=True)
    return sent


def test_the_box_takes_a_receipt_by_keyboard(sent: Acknowledged, page: Page) -> None:
    sent.store()
    page.goto("/pipeline")
    page.keyboard.press("/")
    page.keyboard.insert_text(sent.receipt(0, 10))
    page.keyboard.press("Enter")

    found = page.locator("#traced")
    expect(found).to_contain_text("2 in the dead letters, 8 stored")
    expect(found.locator(".fates tbody tr")).to_have_count(10)
    expect(found.locator(".hops li")).to_have_count(4)
    expect(page.locator(".ledger")).to_be_visible()


def test_what_waits_is_asked_again(sent: Acknowledged, page: Page) -> None:
    page.goto(f"/pipeline/receipt?q={sent.receipt(0, 10)}")
    expect(page.locator("#traced")).to_contain_text("not read yet")

    sent.store()

    expect(page.locator("#traced")).to_contain_text("8 stored", timeout=10_000)


def test_the_link_of_a_found_line_leads_to_its_hops(
    sent: Acknowledged, page: Page
) -> None:
    sent.store()
    page.goto("/pipeline")
    page.get_by_label("Where is my log?").fill('{"message": "card declined 3"}')
    page.get_by_role("button", name="Look it up").click()
    page.locator(".found-entries a").first.click()

    expect(page.locator(".hops")).to_contain_text("Stored, can be found")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_the_box_says_looks_right(
    sent: Acknowledged, reader: NewPage, theme: Any, size: Any
) -> None:
    sent.store()
    page = reader(viewport=size, color_scheme=theme)
    page.goto(f"/pipeline/receipt?q={sent.receipt(0, 10)}")
    expect(page.locator(".fates")).to_be_visible()

    look_at(page, "receipt")
