"""What a person asked before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from logsite.accounts.models import User
from logsite.saved import history
from logsite.saved.asking import read
from logsite.saved.models import PastSearch

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def note(person: User, query: str, now: datetime) -> None:
    history.note(person, read(query, now, ZoneInfo("UTC")), now)


def asked(person: User) -> list[str]:
    return [one.query for one in PastSearch.objects.filter(person=person)]


def test_the_newest_comes_first_and_each_query_once(bob: User) -> None:
    for minute, query in enumerate(["q=a", "q=b", "q=a"]):
        note(bob, query, NOW + timedelta(minutes=minute))

    assert asked(bob) == ["q=a", "q=b"]


def test_of_one_thing_asked_at_many_times_the_last_is_kept(bob: User) -> None:
    for minute, query in enumerate(["q=a&range=1h", "q=a&range=7d", "q=a&level=INFO"]):
        note(bob, query, NOW + timedelta(minutes=minute))

    assert asked(bob) == ["q=a&level=INFO", "q=a&range=7d"]


def test_the_page_without_any_query_is_not_remembered(bob: User) -> None:
    note(bob, "range=1h", NOW)

    assert asked(bob) == []


def test_the_oldest_is_forgotten(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 2)
    for minute, query in enumerate(["q=a", "q=b", "q=c"]):
        note(bob, query, NOW + timedelta(minutes=minute))

    assert asked(bob) == ["q=c", "q=b"]


def test_each_person_has_their_own(alice: User, bob: User) -> None:
    note(alice, "q=a", NOW)
    note(bob, "q=b", NOW)
    history.forget(alice)

    assert asked(alice) == []
    assert asked(bob) == ["q=b"]
