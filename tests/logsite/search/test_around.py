"""The page of the lines around one: who may see it, and the search it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.scopes import Scope, companies
from logsite.search import around
from logsite.search.around import search_for
from logsite.search.found import StoreAway
from tests.ingest.query.stored import entry_at
from tests.logsite.search.items import item

ADDRESS = f"/entries/{'0' * 32}/context"


@contextmanager
def store_away() -> Iterator[None]:
    raise StoreAway
    yield


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"), [(ADDRESS, 503), (f"{ADDRESS}/before?edge=0", 504)]
)
def test_a_store_that_is_away_is_said(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch, address: str, status: int
) -> None:
    monkeypatch.setattr(around, "answering", store_away)

    assert as_bob.get(address).status_code == status


@pytest.mark.django_db
def test_strangers_are_sent_to_log_in(client: Client) -> None:
    assert client.get(ADDRESS).status_code == 302


@pytest.mark.parametrize("scope", list(Scope))
def test_the_search_for_the_same_lines_finds_them_and_no_others(scope: Scope) -> None:
    known: dict[str, Any] = {
        "host": 'web "2"',
        "trace_id": "4bf92f35",
        "request_id": "r-7",
    }
    one = item("x", **known)
    asked = parse_qs(search_for(companies(one)[scope], one))
    matcher = Matcher(
        LogFilter(asked.get("q", [""])[0], tuple(asked.get("service", ())))
    )

    same = entry_at(0, "y", service=one.service, **known)
    stranger = entry_at(0, "y", service="auth", host="a", trace_id="b", request_id="c")
    assert matcher.entry(same)
    assert matcher.entry(stranger) == (scope == Scope.ALL)
    assert asked["from"] == ["2026-03-01T11:55:00.123Z"]
    assert asked["to"] == ["2026-03-01T12:05:00.123Z"]


def test_a_text_that_is_too_long_for_a_link_is_left_out() -> None:
    one = item("x", trace_id="a" * 2000)

    assert "q=" not in search_for(companies(one)[Scope.TRACE], one)
