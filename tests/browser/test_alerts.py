"""The alerts pages: a rule is made, an incident is read, and all of it looks right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from logsite.accounts.models import User
from stats.alerts.evaluations import keep
from stats.alerts.models import Incident, Rule
from stats.alerts.rules import MINUTE, Outcome, Reason, Verdict, floor_minute
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded
from tests.stats.alerts.made import fired

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def editor(user: User) -> User:
    user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def incident(store: Seeded, editor: User) -> Incident:
    """One that is open, with lines and a history, beside a rule that is quiet."""
    now = floor_minute(datetime.now(UTC))
    lines = [
        {
            "id": f"{number:032x}",
            "timestamp": "2026-11-22T11:59:30.000Z",
            "level": "ERROR",
            "service": "payment-service",
            "message": f"card of order {number} declined: the issuer does not answer",
        }
        for number in range(3)
    ]
    Rule.objects.create(name="Logins fail", kind="error_rate", threshold=5)
    made = fired("Too many declined cards", now - MINUTE, samples=lines)
    verdicts = [
        Verdict(
            now - (number + 1) * MINUTE,
            now - number * MINUTE,
            Outcome.FIRING if number < 2 else Outcome.QUIET,
            Reason.REACHED if number < 2 else Reason.BELOW,
            *(7, 7, 7.0) if number < 2 else (0, 0, 0.0),
        )
        for number in range(20)
    ]
    keep(store.db, made.rule.pk, made.rule.condition, verdicts, now)
    return made


def test_a_rule_is_made_and_changed(store: Seeded, editor: User, page: Page) -> None:
    page.goto("/alerts")
    expect(page.locator(".state")).to_contain_text("No rules yet")
    page.get_by_role("link", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("Payments fail")
    page.get_by_label("Tells").fill("mailto:ops@example.com")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Payments fail").click()
    page.get_by_label("Threshold").fill("12")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".facts")).to_contain_text("12 % errors in 5 minutes")
    assert Rule.objects.get().targets == ["mailto:ops@example.com"]


def test_a_rule_that_is_refused_says_where(
    store: Seeded, editor: User, page: Page
) -> None:
    page.goto("/alerts/rules/new")
    page.get_by_label("Name", exact=True).fill("Payments fail")
    page.get_by_label("Tells").fill("ftp://example.com")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert").last).to_contain_text("A target begins with")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Payments fail")


def test_a_rule_is_deleted_on_purpose(incident: Incident, page: Page) -> None:
    page.goto(f"/alerts/rules/{incident.rule.pk}")
    page.get_by_text("Delete this rule").click()
    page.get_by_role("button", name="Delete").click()

    expect(page.locator("main")).not_to_contain_text("Too many declined cards")
    expect(page.locator("main")).to_contain_text("Logins fail")


def test_an_incident_leads_to_its_entries(incident: Incident, page: Page) -> None:
    page.goto("/alerts")
    page.locator("section", has_text="Open incidents").locator("td a").click()
    expect(page.locator(".samples li")).to_have_count(3)
    expect(page.locator("main")).to_contain_text("https://hooks.example.com/…")
    page.get_by_role("link", name="Show the entries").click()

    expect(page.locator("#search")).to_be_visible()


def test_every_page_tells_of_open_incidents(incident: Incident, page: Page) -> None:
    page.goto("/kafka")
    page.get_by_role("link", name="1 open incident").click()

    expect(page.locator("main")).to_contain_text("Open incidents")


def test_no_open_incident_is_not_worth_a_word(store: Seeded, page: Page) -> None:
    store.set_clock(datetime.now(UTC))
    page.goto("/kafka")

    expect(page.locator("#status")).to_contain_text("complete to")
    expect(page.locator("#status a")).to_have_count(0)


def test_the_pages_speak_korean(incident: Incident, reader: NewPage) -> None:
    page = reader(locale="ko-KR")
    page.goto(f"/alerts/incidents/{incident.pk}")

    expect(page.locator("main")).to_contain_text("열렸을 때의 로그")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", ["alerts", "rule", "incident"])
def test_the_alerts_pages_look_right(
    incident: Incident, reader: NewPage, theme: Any, size: Any, name: str
) -> None:
    paths = {
        "alerts": "/alerts",
        "rule": f"/alerts/rules/{incident.rule.pk}",
        "incident": f"/alerts/incidents/{incident.pk}",
    }
    done = fired("Disk is full", incident.opened - timedelta(hours=2))
    Incident.objects.filter(pk=done.pk).update(resolved=done.opened + 7 * MINUTE)
    page = reader(viewport=size, color_scheme=theme)
    page.goto(paths[name], wait_until="networkidle")

    look_at(page, name)
