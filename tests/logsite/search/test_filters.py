"""The filters beside the results."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.template.loader import render_to_string

from logsite.search.forms import SearchForm
from logsite.search.page import frame

ZONE = ZoneInfo("UTC")


def filters(services: list[str] | None, query: str = "") -> str:
    context = frame(SearchForm(QueryDict(query), ZONE), ZONE, services)
    return render_to_string("search/filters.html", context)


def test_a_store_without_entries_has_no_services_yet() -> None:
    assert "None yet" in filters([])


def test_services_that_could_not_be_read_are_not_said_to_be_missing() -> None:
    assert "None yet" not in filters(None)


def test_chosen_services_stay_when_the_others_could_not_be_read() -> None:
    assert 'value="orders"' in filters(None, "service=orders")
