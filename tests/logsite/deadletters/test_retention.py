"""Retention of dead letters: its own, and never without a word of open ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from logsite.audit.models import AuditEntry
from logsite.deadletters.retention import retain
from tests.logsite.deadletters.conftest import Letters

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
OLD = timedelta(days=31)


def test_letters_are_kept_for_their_own_time(dead: Letters, settings: Settings) -> None:
    settings.RETENTION_DAYS = 7
    old, week = dead.add(ago=OLD), dead.add(ago=timedelta(days=29))

    assert retain(dead.db, timezone.now()) == {"open": 1}
    assert [dead.state_of(one) for one in (old, week)] == ["gone", "open"]


def test_open_ones_go_with_a_word(dead: Letters) -> None:
    dead.add(ago=OLD)
    dead.add(ago=OLD)
    retain(dead.db, timezone.now())

    entry = AuditEntry.objects.get(action="dead_letter.expire")
    assert entry.actor_kind == "system"
    assert entry.detail == {"open": 2, "causes": [["no_message", "billing", 2]]}


def test_what_was_settled_goes_without(dead: Letters) -> None:
    dead.add(ago=OLD, state="replayed")
    dead.add(ago=OLD, state="discarded")

    assert retain(dead.db, timezone.now()) == {"replayed": 1, "discarded": 1}
    assert not AuditEntry.objects.exists()


def test_what_may_be_under_way_stays(dead: Letters) -> None:
    letter = dead.add(ago=OLD, state="claimed")

    assert retain(dead.db, timezone.now()) == {}
    assert dead.state_of(letter) == "claimed"
