"""The alerts pages for those who may edit, those who may read, and the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from logsite.alerts.overview import shortened, watched
from stats.alerts.models import Incident, Rule

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Payments fail",
    "kind": "count",
    "query": "card declined",
    "services": "payment, checkout",
    "levels": ["ERROR"],
    "window_minutes": "5",
    "threshold": "10",
    "minimum": "20",
    "targets": "https://hooks.example.com/a\nmailto:ops@example.com",
    "enabled": "on",
}


@pytest.fixture(autouse=True)
def mongodb_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages stand without it; tests in the browser have one."""
    monkeypatch.setattr("logsite.alerts.overview.answering", _away)


def _away() -> Any:
    from logsite.search.found import StoreAway

    raise StoreAway


def test_a_form_makes_a_rule(as_alice: Client) -> None:
    assert as_alice.post("/alerts/rules/new", FORM).status_code == 302

    rule = Rule.objects.get()
    assert rule.services == ["payment", "checkout"]
    assert rule.targets == FORM["targets"].split("\n")  # type: ignore[attr-defined]


def test_a_form_that_is_refused_says_why(as_alice: Client) -> None:
    answer = as_alice.post(
        "/alerts/rules/new", {**FORM, "targets": "ftp://example.com"}
    )

    assert answer.status_code == 400
    assert b"A target begins with one of" in answer.content


def test_a_new_rule_begins_with_what_was_searched(as_alice: Client) -> None:
    answer = as_alice.get("/alerts/rules/new", {"q": "declined", "service": "payment"})

    assert b'value="declined"' in answer.content
    assert b'value="payment"' in answer.content


def test_a_reader_sees_rules_but_no_form_and_no_secret(as_bob: Client) -> None:
    rule = Rule.objects.create(
        name="Errors",
        kind="count",
        threshold=1,
        targets=["https://hooks.example.com/secret"],
    )

    answer = as_bob.get(f"/alerts/rules/{rule.pk}")

    assert b"hooks.example.com" in answer.content
    assert b"secret" not in answer.content
    assert b"<textarea" not in answer.content


@pytest.mark.parametrize("path", ["/alerts/rules/new", "/alerts/rules/{}/delete"])
def test_a_reader_may_not_change_anything(as_bob: Client, path: str) -> None:
    rule = Rule.objects.create(name="Errors", kind="count", threshold=1)

    assert as_bob.post(path.format(rule.pk), FORM).status_code == 403
    assert as_bob.post(f"/alerts/rules/{rule.pk}", FORM).status_code == 403
    assert Rule.objects.get().name == "Errors"


def test_an_incident_page_stands_without_mongodb(as_bob: Client) -> None:
    rule = Rule.objects.create(name="Errors", kind="count", threshold=1)
    now = datetime.now(UTC)
    incident = Incident.objects.create(rule=rule, began=now, opened=now, peak=7)

    answer = as_bob.get(f"/alerts/incidents/{incident.pk}")

    assert answer.status_code == 200
    assert b"MongoDB does not answer" in answer.content


@pytest.mark.parametrize("path", ["/alerts", "/alerts/rules/1", "/alerts/incidents/1"])
def test_nobody_reads_without_logging_in(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")


def test_a_rule_that_lags_says_which_data_it_waits_for() -> None:
    rule = Rule.objects.create(name="Errors", kind="count", threshold=1)
    soon, late = (rule.judged_to + timedelta(seconds=n) for n in (90, 600))

    assert watched([rule], soon)[0].waits_for is None
    assert watched([rule], late)[0].waits_for == rule.judged_to + timedelta(seconds=75)


def test_a_mail_address_is_no_secret() -> None:
    assert shortened("mailto:ops@example.com") == "mailto:ops@example.com"
    assert shortened("https://me:pw@example.com:8/x?key=1") == "https://example.com/…"
