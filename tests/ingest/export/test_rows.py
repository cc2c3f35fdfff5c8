"""Entries as lines: NDJSON that reads back as it was, CSV for spreadsheets."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from bson import Int64

from ingest.export.rows import WHOLE, Format, Layout, beginning, lines, value_of
from ingest.query.page import Item

AT = datetime(2026, 3, 1, 12, 0, 0, 7_000, tzinfo=UTC)


def item(message: str = "hello", **metadata: Any) -> Item:
    return Item("0" * 32, AT, AT, "INFO", "api", message, metadata)


def plain(format: Format, *columns: str) -> Layout:
    return Layout(format, columns or WHOLE, gzip=False)


def cells(layout: Layout, *items: Item) -> list[list[str]]:
    text = (beginning(layout) + lines(items, layout)).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline="")))


def test_a_line_of_ndjson_is_the_entry_as_the_api_gives_it() -> None:
    line = lines(
        [item("a\nb", http={"route": "/x"}, n=Int64(2**40))], Layout(gzip=False)
    )

    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "id": "0" * 32,
        "timestamp": "2026-03-01T12:00:00.007Z",
        "received": "2026-03-01T12:00:00.007Z",
        "level": "INFO",
        "service": "api",
        "message": "a\nb",
        "metadata": {"http": {"route": "/x"}, "n": 2**40},
    }


def test_columns_are_parts_of_an_entry_or_fields_of_its_metadata() -> None:
    layout = plain(Format.NDJSON, "message", "http.route", "metadata.message", "absent")
    entry = Item(
        "", AT, AT, "", "", "hello", {"message": "own", "http": {"route": "/x"}}
    )
    line = lines([entry], layout)

    assert json.loads(line) == {
        "message": "hello",
        "http.route": "/x",
        "metadata.message": "own",
        "absent": None,
    }


def test_a_field_below_what_is_no_object_is_absent() -> None:
    assert value_of(item(host="web-1"), "host.name") is None


def test_csv_has_a_header_and_a_mark_that_excel_needs() -> None:
    layout = plain(Format.CSV, "level", "message")

    assert beginning(layout) == b'\xef\xbb\xbf"level","message"\r\n'
    assert cells(layout, item()) == [["level", "message"], ["INFO", "hello"]]


def test_a_cell_keeps_quotes_commas_and_line_breaks() -> None:
    message = 'say "hi", then\nleave'

    assert cells(plain(Format.CSV, "message"), item(message))[1] == [message]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (-5, "-5"),
        (1.5, "1.5"),
        ({"a": [1]}, '{"a":[1]}'),
        ("=1+1", "'=1+1"),
        (["x", ";=1+1"], '["x",";\'=1+1"]'),
    ],
)
def test_values_are_cells(value: Any, cell: str) -> None:
    assert cells(plain(Format.CSV, "n"), item(n=value))[1] == [cell]


def test_a_name_of_a_column_is_no_formula_either() -> None:
    assert cells(plain(Format.CSV, "=1+1"))[0] == ["'=1+1"]


def test_stretches_that_are_joined_are_one_file_of_gzip() -> None:
    layout = Layout(Format.CSV, ("message",))
    joined = beginning(layout) + lines([item("a")], layout) + lines([item("b")], layout)

    assert gzip.decompress(joined).endswith(b'"message"\r\n"a"\r\n"b"\r\n')


def test_the_same_entries_make_the_same_bytes() -> None:
    assert lines([item()], Layout()) == lines([item()], Layout())
