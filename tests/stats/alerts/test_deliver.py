"""Targets are told once, in order, again if it failed, and what came of it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from stats.alerts.deliver import LEASE, RETRY_AFTER, claimed, deliver
from stats.alerts.incidents import apply
from stats.alerts.models import Delivery, Rule
from stats.alerts.rules import MINUTE, Outcome, Reason, Verdict
from tests.stats.alerts.receiver import Receiver

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINE = {
    "id": "0" * 32,
    "timestamp": "2026-11-22T11:59:30.000Z",
    "level": "ERROR",
    "service": "payment",
    "message": "card declined",
}


def verdict(outcome: Outcome, end: datetime, errors: int) -> Verdict:
    reason = Reason.REACHED if outcome is Outcome.FIRING else Reason.BELOW
    return Verdict(end - MINUTE, end, outcome, reason, 40, errors, errors * 2.5)


def fire(rule: Rule) -> None:
    firing = verdict(Outcome.FIRING, NOON, 24)
    apply(rule, [firing], {NOON: [LINE]}, timezone.now())
    rule.refresh_from_db()


def calm(rule: Rule) -> None:
    apply(rule, [verdict(Outcome.QUIET, NOON + MINUTE, 1)], {}, timezone.now())
    rule.refresh_from_db()


def later(wait: timedelta) -> datetime:
    return timezone.now() + wait + timedelta(seconds=1)


def test_a_webhook_carries_rule_rate_window_lines_and_links(
    rule: Rule, receiver: Receiver, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://logs.example.com"
    fire(rule)

    assert deliver(timezone.now()) == 1

    body = receiver.bodies[0]
    assert body["event"] == "incident.opened"
    assert body["rule"]["name"] == "Payments fail"
    assert body["error_rate"] == 0.6
    assert body["window"]["end"] == "2026-11-22T12:00:00.000Z"
    assert body["samples"] == [LINE]
    number = body["incident"]["id"]
    assert (
        body["incident"]["url"] == f"https://logs.example.com/alerts/incidents/{number}"
    )
    assert "service=payment&level=ERROR" in body["search_url"]


def test_the_text_of_a_webhook_says_it_in_one_line(
    rule: Rule, receiver: Receiver
) -> None:
    fire(rule)
    deliver(timezone.now())

    said = receiver.bodies[0]["text"].splitlines()[0]
    assert said == (
        "[firing] Payments fail: error rate 60 % in 11:59-12:00 UTC (threshold 50 %)"
    )


def test_a_target_is_told_once(rule: Rule, receiver: Receiver) -> None:
    fire(rule)

    assert [deliver(timezone.now()) for _ in range(3)] == [1, 0, 0]
    assert Delivery.objects.get().delivered


def test_a_delivery_is_claimed_by_one_process(rule: Rule) -> None:
    fire(rule)
    now = timezone.now()
    first, second = claimed(now), claimed(now)

    assert [len(list(first)), len(list(second))] == [1, 0]


def test_a_delivery_whose_process_died_waits_again(
    rule: Rule, receiver: Receiver
) -> None:
    fire(rule)
    list(claimed(timezone.now()))

    assert deliver(timezone.now()) == 0
    assert deliver(later(LEASE)) == 1


def test_a_failed_delivery_is_tried_again(rule: Rule, receiver: Receiver) -> None:
    receiver.answers = [503]
    fire(rule)

    assert deliver(timezone.now()) == 0
    assert Delivery.objects.get().error == "answered 503 Service Unavailable"
    assert deliver(later(RETRY_AFTER[0])) == 1
    assert Delivery.objects.get().error == ""


@pytest.mark.parametrize("status", [400, 410, 302])
def test_a_final_answer_is_not_asked_for_again(
    rule: Rule, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status]
    fire(rule)

    deliver(timezone.now())
    deliver(later(timedelta(days=1)))

    assert len(receiver.bodies) == 1
    assert Delivery.objects.get().given_up


def test_it_gives_up_after_the_last_attempt(rule: Rule, receiver: Receiver) -> None:
    receiver.answers = [500] * 10
    fire(rule)

    for _ in range(10):
        deliver(later(timedelta(days=1)))

    assert len(receiver.bodies) == len(RETRY_AFTER) + 1
    assert Delivery.objects.get().given_up


def test_nobody_hears_of_the_end_before_the_beginning(
    rule: Rule, receiver: Receiver
) -> None:
    receiver.answers = [503]
    fire(rule)
    calm(rule)

    deliver(timezone.now())
    deliver(later(RETRY_AFTER[0]))
    deliver(later(RETRY_AFTER[0]))

    events = [body["event"] for body in receiver.bodies]
    assert events == ["incident.opened", "incident.opened", "incident.resolved"]


def test_one_target_that_fails_does_not_keep_the_others_waiting(
    rule: Rule, receiver: Receiver
) -> None:
    rule.targets = ["http://127.0.0.1:1/nobody", receiver.url]
    fire(rule)

    assert deliver(timezone.now()) == 1
    assert len(receiver.bodies) == 1


def test_two_processes_that_judge_at_once_tell_once(rule: Rule) -> None:
    stale = Rule.objects.get()
    fire(rule)

    firing = verdict(Outcome.FIRING, NOON, 24)
    assert apply(stale, [firing], {}, timezone.now()) is None
    assert Delivery.objects.count() == 1
