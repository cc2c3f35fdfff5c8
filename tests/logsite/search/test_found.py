"""What is asked of the store for one page of results."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from ingest.query.filter import LogFilter
from ingest.query.freshness import Freshness
from ingest.query.page import Matched, Page
from logsite.search import found
from tests.logsite.search.items import NOON

NO_MATCH = Page([], None, 12, Matched(0, exact=True), NOON, {})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[LogFilter]:
    """What was asked for the newest match, of a store whose pages are all empty."""
    made: list[LogFilter] = []

    def newest(_store: None, wanted: LogFilter) -> object:
        made.append(wanted)
        return NOON

    monkeypatch.setattr(found, "answering", nullcontext)
    monkeypatch.setattr(found, "search", lambda *_, **__: NO_MATCH)
    monkeypatch.setattr(found, "freshness", lambda _: Freshness(NOON, 0.0, ()))
    monkeypatch.setattr(found, "services", lambda _: [])
    monkeypatch.setattr(found, "newest", newest)
    return made


def test_an_empty_range_is_searched_again_without_its_bounds(
    asked: list[LogFilter],
) -> None:
    wanted = LogFilter("absent", start=NOON)

    assert found.find(wanted).newest == NOON
    assert asked == [LogFilter(), wanted]


def test_a_search_of_all_time_is_not_run_twice(asked: list[LogFilter]) -> None:
    assert found.find(LogFilter("absent")).newest is None
    assert asked == [LogFilter()]
