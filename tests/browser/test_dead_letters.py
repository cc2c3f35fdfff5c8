"""The dead letters' pages in a browser: grouped, mended, tried, replayed, discarded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from logsite.deadletters.models import Replay, State
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, SHOTS, WIDE, look_at
from tests.browser.seed import Seeded
from tests.logsite.deadletters.conftest import NO_MESSAGE, NOT_JSON, Letters

pytestmark = [pytest.mark.browser, pytest.mark.parts]
HERE = "/pipeline/dead-letters"
HOSTILE = b"<img src=x onerror=alert(1)>\xff\xe2\x80\xae " + b"long " * 60


@pytest.fixture(autouse=True)
def no_celery(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(**_: Any) -> None:
        return None

    monkeypatch.setattr("logsite.deadletters.tasks.work_replays.apply_async", nothing)


@pytest.fixture
def letters(store: Seeded) -> Letters:
    """Three causes over a day; one letter is hostile."""
    made = Letters(store.db)
    for n in range(12):
        value = b'{"msg":"card declined for order %d","order":%d}' % (8812 + n, n)
        made.add(value, NO_MESSAGE, ago=timedelta(hours=n * n / 7))
    for n in range(3):
        made.add(b"plain text %d" % n, NOT_JSON, key=b"auth/1", ago=timedelta(hours=n))
    made.add(HOSTILE, NOT_JSON, key=None)
    return made


def test_without_letters_the_page_says_what_they_are(
    store: Seeded, reader: NewPage
) -> None:
    page = reader()
    page.goto(HERE)

    expect(page.locator(".state h2")).to_have_text("No dead letter is open")


def test_a_group_is_mended_tried_and_sent(letters: Letters, staff: NewPage) -> None:
    page = staff()
    page.goto(HERE)
    expect(page.locator(".causes tbody tr")).to_have_count(3)
    page.get_by_role("link", name="no_message").click()
    page.get_by_label("Rule").fill("rename msg message")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator(".outcomes")).to_contain_text("would be stored 12")
    expect(page.locator(".diff").first).to_contain_text('"message": "card declined')

    page.get_by_label("Type the number of letters: 12").fill("11")
    page.get_by_role("button", name="Send 12 letters again").click()
    expect(page.locator(".confirm .error")).to_contain_text("not the number")
    page.get_by_label("Type the number of letters: 12").fill("12")
    page.get_by_role("button", name="Send 12 letters again").click()
    expect(page.locator(".bar")).to_contain_text("0 of 12 letters")
    expect(page.locator("pre.bytes")).to_have_text("rename msg message")


def test_progress_comes_by_itself_and_ends(letters: Letters, staff: NewPage) -> None:
    job = replay_of(letters)
    page = staff()
    page.goto(job.get_absolute_url())
    expect(page.locator("#state")).to_have_text("running")
    Replay.objects.update(state=State.DONE, sent=10, ends={"misfit": 2})

    expect(page.locator("#state")).to_have_text("done")
    expect(page.locator(".bar")).to_contain_text("12 of 12 letters")
    expect(page.locator(".outcomes")).to_contain_text("the rule does not fit 2")
    expect(page.get_by_role("button", name="Cancel this replay")).to_have_count(0)


def test_a_replay_is_cancelled(letters: Letters, staff: NewPage) -> None:
    job = replay_of(letters)
    page = staff()
    page.goto(job.get_absolute_url())
    page.get_by_role("button", name="Cancel this replay").click()

    expect(page.locator("#state")).to_have_text("cancelling")


def test_a_letter_is_mended_by_hand(letters: Letters, staff: NewPage) -> None:
    letter = letters.db["dead_letters"].find_one({"value": b"plain text 0"})
    page = staff()
    page.goto(f"{HERE}/letters/{letter['_id'].hex()}")
    box = page.get_by_label("What is sent instead")
    expect(box).to_have_value("plain text 0")
    page.get_by_role("button", name="Send this letter again").click()
    expect(page.locator(".error")).to_contain_text("It would fail again: Not JSON")

    box.fill('{"message": "plain text 0"}')
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator(".outcomes")).to_contain_text("would be stored")
    page.get_by_role("button", name="Send this letter again").click()
    expect(page.locator("h1")).to_contain_text("Replay")


def test_a_group_is_discarded_with_a_reason(letters: Letters, staff: NewPage) -> None:
    page = staff()
    page.goto(HERE)
    page.get_by_role("link", name="no_message").click()
    page.get_by_label("Reason").fill("a test that ran wild")
    page.get_by_label("Type the number of letters").last.fill("12")
    page.get_by_role("button", name="Discard 12 letters").click()

    expect(page.locator(".done")).to_have_text("12 letters were discarded.")
    expect(page.locator(".causes tbody tr")).to_have_count(2)


def test_a_hostile_letter_is_only_text(letters: Letters, staff: NewPage) -> None:
    letter = letters.db["dead_letters"].find_one({"value": HOSTILE})
    page = staff()
    for path in (f"letters/{letter['_id'].hex()}", f"groups/{letter['cause']}"):
        page.goto(f"{HERE}/{path}")
        assert page.locator("main img").count() == 0
    page.goto(f"{HERE}/letters/{letter['_id'].hex()}")
    expect(page.locator("#text")).to_contain_text("<img src=x")


def replay_of(letters: Letters, **more: Any) -> Replay:
    cause = letters.db["dead_letters"].find_one({"code": "no_message"})["cause"]
    return Replay.objects.create(
        by="user alice",
        selection={"cause": cause},
        rule=[{"do": "rename", "field": "msg", "to": "message"}],
        total=12,
        **{"state": State.RUNNING, "sent": 7, "rate": 5, **more},
    )


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_they_look_right(
    letters: Letters, staff: NewPage, theme: Any, size: Any
) -> None:
    replay_of(letters, state=State.DONE, sent=12)
    job = replay_of(letters, ends={"misfit": 2}, error="Kafka does not answer")
    page = staff(viewport=size, color_scheme=theme)

    def look(name: str) -> None:
        page.evaluate("document.querySelector('.sheet').scrollTo(0, 0)")
        look_at(page, f"dead-{name}")

    page.goto(HERE)
    expect(page.locator(".causes tbody tr")).to_have_count(3)
    look("groups")
    page.get_by_role("link", name="no_message").click()
    page.get_by_label("Rule").fill("rename msg message\nset level WARN")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator(".diff").first).to_be_visible()
    assert page.evaluate("document.body.scrollTop") == 0  # the frame stays
    look("group")
    page.locator(".run").screenshot(
        path=SHOTS / f"dead-run-{theme}-{size['width']}.png"
    )
    page.locator(".letters a").first.click()
    page.locator(".hexes summary").click()
    look("letter")
    page.goto(job.get_absolute_url())
    look("replay")


def test_the_empty_page_looks_right(store: Seeded, staff: NewPage) -> None:
    for theme in ("dark", "light"):
        page = staff(viewport=PHONE, color_scheme=theme)
        page.goto(HERE)
        look_at(page, "dead-empty")
