"""What is asked of the store for one page of results."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from ingest.query.filter import LogFilter
from ingest.query.freshness import Freshness
from ingest.query.page import Matched, Page, Partial
from logsite.search import found
from logsite.search.empty import Empty
from tests.logsite.search.items import NOON

NO_MATCH = Page([], None, 12, Matched(0, exact=True), NOON, {})
NOT_YET = Page([], "below", 12, Matched(0, exact=False), NOON, {}, Partial("time"))


def find(monkeypatch: pytest.MonkeyPatch, page: Page) -> found.Found:
    monkeypatch.setattr(found, "answering", nullcontext)
    monkeypatch.setattr(found, "search", lambda *_, **__: page)
    monkeypatch.setattr(found, "freshness", lambda _: Freshness(NOON, 0.0, ()))
    monkeypatch.setattr(found, "services", lambda _: [])
    monkeypatch.setattr(found, "explained", lambda *_: Empty())
    return found.find(LogFilter("absent", start=NOON))


def test_an_empty_page_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(monkeypatch, NO_MATCH).empty == Empty()


def test_a_page_that_goes_on_is_not_explained_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert find(monkeypatch, NOT_YET).empty is None
