"""Rules are judged on the clock of the data, and every judgement is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from stats.alerts.documents import ensure_evaluations
from stats.alerts.evaluate import judge_rules
from stats.alerts.evaluations import newest
from stats.alerts.incidents import switch_off
from stats.alerts.models import Delivery, Incident, Rule, Transition
from stats.alerts.rules import MINUTE, Kind, Outcome, Reason
from tests.ingest.query.stored import RECEIVED, StoredLog, entry_at

pytestmark = pytest.mark.parts

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
DELAY = timedelta(seconds=15)
Store = Database[dict[str, Any]]


def payments(store: Store, *levels: str, at_s: float = 0, message: str = "pay") -> None:
    partition = store["blocks"].count_documents({})
    StoredLog(store, partition, block_offsets=100).add(
        *(
            entry_at(at_s + number, f"{message} {number}", level, "payment")
            for number, level in enumerate(levels)
        )
    )


def judge_until(store: Store, end: datetime) -> int:
    """Let the data clock pass the end of a window, and judge."""
    clock = {"complete_to": end + DELAY, "at": end + DELAY, "holds": []}
    store["clock"].replace_one({"_id": "clock"}, clock, upsert=True)
    return judge_rules(store, NOW)


def test_a_burst_of_errors_opens_one_incident(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "INFO", "FATAL")

    judge_until(store, RECEIVED + MINUTE)

    incident = Incident.objects.get()
    assert (incident.began, incident.opened) == (RECEIVED, RECEIVED + MINUTE)
    assert incident.peak == pytest.approx(66.67, abs=0.01)
    assert incident.resolved is None


def test_it_resolves_with_the_first_quiet_window(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "ERROR")
    payments(store, "ERROR", "ERROR", at_s=60)

    judge_until(store, RECEIVED + 3 * MINUTE)

    assert Incident.objects.get().resolved == RECEIVED + 3 * MINUTE
    kinds = Transition.objects.values_list("kind", flat=True)
    assert list(kinds) == ["opened", "resolved"]


def test_a_window_is_not_judged_before_the_data_clock_passed_it(
    store: Store, rule: Rule
) -> None:
    payments(store, "ERROR", "ERROR")

    judge_until(store, RECEIVED + MINUTE - timedelta(seconds=1))

    assert not Incident.objects.exists()
    rule.refresh_from_db()
    assert rule.judged_to == RECEIVED


def test_without_a_data_clock_nothing_is_judged(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "ERROR")

    assert judge_rules(store, NOW) == 0
    assert newest(store, rule.pk, 10) == []


def test_after_a_pause_every_incident_is_dated_right(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "ERROR", at_s=0)
    payments(store, "ERROR", "ERROR", at_s=600)

    judge_until(store, RECEIVED + 30 * MINUTE)

    opened = Incident.objects.order_by("opened").values_list("opened", flat=True)
    assert list(opened) == [RECEIVED + MINUTE, RECEIVED + 11 * MINUTE]


def test_judging_twice_changes_nothing(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "ERROR")
    judge_until(store, RECEIVED + MINUTE)

    assert judge_until(store, RECEIVED + MINUTE) == 0
    assert Transition.objects.count() == 1


def test_a_sample_of_the_errors_is_kept(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "INFO", "FATAL", message="card declined")

    judge_until(store, RECEIVED + MINUTE)

    lines = Incident.objects.get().samples
    assert [line["message"] for line in lines] == ["card declined 2", "card declined 0"]


def test_a_text_is_counted_entry_by_entry(store: Store, rule: Rule) -> None:
    payments(store, *["INFO"] * 4, message="card declined")
    payments(store, *["INFO"] * 9, message="all is well")
    Rule.objects.update(kind=Kind.COUNT, query="declined", threshold=4, levels=[])

    judge_until(store, RECEIVED + MINUTE)

    assert Incident.objects.get().peak == 4


def test_a_window_slides_by_the_minute(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "ERROR")
    Rule.objects.update(window_minutes=5)

    judge_until(store, RECEIVED + 6 * MINUTE)

    incident = Incident.objects.get()
    assert incident.opened == RECEIVED + MINUTE
    assert incident.resolved == RECEIVED + 6 * MINUTE


def test_every_window_is_kept_with_its_reason(store: Store, rule: Rule) -> None:
    ensure_evaluations(store)
    payments(store, "ERROR", "ERROR")
    payments(store, "INFO", "INFO", at_s=60)

    judge_until(store, RECEIVED + 3 * MINUTE)

    said = [
        (one.verdict.outcome, one.verdict.reason) for one in newest(store, rule.pk, 9)
    ]
    assert said == [
        (Outcome.QUIET, Reason.TOO_FEW),
        (Outcome.QUIET, Reason.BELOW),
        (Outcome.FIRING, Reason.REACHED),
        (Outcome.QUIET, Reason.TOO_FEW),
    ]


def test_a_rule_that_is_off_is_not_judged(store: Store, rule: Rule) -> None:
    payments(store, "ERROR", "ERROR")
    Rule.objects.update(enabled=False)

    assert judge_until(store, RECEIVED + MINUTE) == 0


def test_one_broken_rule_does_not_silence_the_others(
    store: Store, rule: Rule, caplog: pytest.LogCaptureFixture
) -> None:
    payments(store, "ERROR", "ERROR")
    Rule.objects.create(
        name="A broken one", kind="no such kind", threshold=1, judged_to=RECEIVED
    )

    judge_until(store, RECEIVED + MINUTE)

    assert Incident.objects.get().rule == rule
    assert "alerts.rule.failed" in caplog.text


def test_switching_a_rule_off_closes_its_incident_and_tells(
    store: Store, rule: Rule
) -> None:
    payments(store, "ERROR", "ERROR")
    judge_until(store, RECEIVED + MINUTE)
    rule.refresh_from_db()

    switch_off(rule, NOW)

    assert Incident.objects.get().resolved == RECEIVED + MINUTE
    assert Delivery.objects.filter(transition__kind="switched_off").count() == 1
