"""Patterns as the page shows them, and what it says when there are none to show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from pymongo.errors import AutoReconnect

from ingest.query.filter import LogFilter
from logsite.search import grouping
from logsite.search.found import StoreAway
from logsite.search.turns import crowded

pytestmark = pytest.mark.django_db


@contextmanager
def store_away() -> Iterator[None]:
    raise StoreAway
    yield


def test_a_store_that_is_away_is_said(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "answering", store_away)

    response = as_bob.get("/patterns")

    assert response.status_code == 503
    assert "MongoDB does not answer" in response.content.decode()


def test_a_store_that_goes_away_on_the_way_is_said(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise AutoReconnect

    monkeypatch.setattr(grouping, "answering", _any_store)
    monkeypatch.setattr(grouping, "Grouping", lambda *_: None)
    monkeypatch.setattr(grouping, "_in_turn", gone)

    assert as_bob.get("/patterns").status_code == 503


def test_too_many_searches_at_once_are_said(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: LogFilter) -> None:
        raise crowded()

    monkeypatch.setattr(grouping, "_found", refused)

    response = as_bob.get("/patterns")

    assert response.status_code == 503
    assert "Too many long searches" in response.content.decode()


@pytest.mark.parametrize("asked", ["q=a+OR", "level=loud"])
def test_a_search_that_cannot_be_run_shows_no_patterns(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(grouping, "answering", _any_store)

    assert as_bob.get(f"/patterns?{asked}").status_code == 422


def test_strangers_are_sent_to_log_in(client: Client, db: None) -> None:
    assert client.get("/patterns").status_code == 302


@contextmanager
def _any_store() -> Iterator[None]:
    yield None
