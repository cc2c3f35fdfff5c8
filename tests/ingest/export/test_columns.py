"""A column that no entry fills is told, with the name that may have been meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.export.columns import EmptyColumn, empty_columns
from ingest.export.rows import WHOLE
from ingest.query.page import Item

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


def item(**metadata: Any) -> Item:
    return Item("0" * 32, AT, AT, "INFO", "api", "hello", metadata)


ITEMS = [item(host="web-1", http={"route": "/items"}), item(user=None, os="linux")]


def told(*columns: str) -> dict[str, str]:
    return {one.column: one.nearest for one in empty_columns(columns, ITEMS, True)}


@pytest.mark.parametrize(
    "column", [*WHOLE, "host", "metadata.host", "http", "http.route", "os"]
)
def test_a_column_that_an_entry_fills_is_not_told(column: str) -> None:
    assert told(column) == {}


@pytest.mark.parametrize(
    ("column", "nearest"),
    [
        ("hots", "host"),
        ("Host", "host"),
        ("metadata.hots", "host"),
        ("http.rout", "http.route"),
        ("mesage", "message"),
        ("tiemstamp", "timestamp"),
        ("Level", "level"),
        ("colour", ""),
        ("user", ""),
    ],
)
def test_a_column_that_none_fills_is_told_with_the_nearest_name(
    column: str, nearest: str
) -> None:
    assert told(column) == {column: nearest}


def test_of_many_entries_it_is_only_said_what_was_looked_at() -> None:
    some = empty_columns(["hots"], ITEMS, is_all=False)[0]

    assert some == EmptyColumn("hots", "host", 2, is_all=False)
    assert some.message == (
        "None of the 2 newest entries has 'hots': its column may be empty. "
        "Did you mean 'host'?"
    )


def test_of_all_entries_it_is_certain() -> None:
    colour = empty_columns(["colour"], ITEMS, is_all=True)[0]

    assert colour.message == (
        "None of the 2 entries found has 'colour': its column is empty."
    )


def test_where_nothing_was_found_only_a_slip_of_the_pen_is_told() -> None:
    found = empty_columns(["host", "mesage"], [], is_all=True)

    assert [one.message for one in found] == [
        "Nothing was found: no entry is known to have 'mesage'. Did you mean 'message'?"
    ]
