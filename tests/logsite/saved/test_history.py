"""What a person asked before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from logsite.accounts.models import User
from logsite.saved import history
from logsite.saved.models import PastSearch

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def asked(person: User) -> list[str]:
    return [one.query for one in PastSearch.objects.filter(person=person)]


def test_the_newest_comes_first_and_each_query_once(bob: User) -> None:
    for minute, query in enumerate(["q=a", "q=b", "q=a"]):
        history.note(bob, query, NOW + timedelta(minutes=minute))

    assert asked(bob) == ["q=a", "q=b"]


def test_the_page_without_any_query_is_not_remembered(bob: User) -> None:
    history.note(bob, "", NOW)

    assert asked(bob) == []


def test_the_oldest_is_forgotten(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 2)
    for minute, query in enumerate(["q=a", "q=b", "q=c"]):
        history.note(bob, query, NOW + timedelta(minutes=minute))

    assert asked(bob) == ["q=c", "q=b"]


def test_each_person_has_their_own(alice: User, bob: User) -> None:
    history.note(alice, "q=a", NOW)
    history.note(bob, "q=b", NOW)
    history.forget(alice)

    assert asked(alice) == []
    assert asked(bob) == ["q=b"]
