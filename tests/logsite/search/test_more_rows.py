"""What a list becomes when more rows were asked for."""

from __future__ import annotations

from dataclasses import replace

from django.template.loader import render_to_string

from ingest.query.page import Matched, Page, Partial
from logsite.search.page import goes_on


def below(matched: Matched, older: str = "", partial: Partial | None = None) -> str:
    """The answer to a search that goes on and finds nothing more."""
    page = Page([], None, 12, matched, None, {}, partial)
    context = {
        "rows": [],
        "older": older,
        "page": page,
        "goes_on": goes_on(replace(page, next=older or None)),
        "below": True,
    }
    return render_to_string("search/rows.html", context)


def test_a_search_that_goes_on_and_ends_without_a_match_says_so() -> None:
    shown = below(Matched(0, exact=True))

    assert "No match in this range" in shown
    assert "<b>0 matches</b>" in shown
    assert "not everything could be read" not in shown


def test_a_search_that_goes_on_and_ends_below_matches_says_there_are_no_older() -> None:
    shown = below(Matched(3, exact=True))

    assert "No older matches in this range" in shown
    assert "<b>3 matches</b>" in shown


def test_a_search_that_stops_once_more_stays_open() -> None:
    shown = below(Matched(0, exact=False), "cursor=x", Partial("time"))

    assert "Search on" in shown
    assert "No match" not in shown
    assert "<b>≥ 0 matches</b>" in shown
