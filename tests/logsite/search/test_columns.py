"""Fields that the list shows as columns."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from logsite.search.columns import Columns, cells, is_column, seen, with_columns
from tests.logsite.search.items import item


def texts(names: str, **metadata: Any) -> list[str]:
    return [cell.value for cell in cells(item(**metadata), names.split())]


def test_a_column_holds_the_values_of_its_field() -> None:
    assert texts("host http.code no", host="web-2", http={"code": 502}) == [
        "web-2",
        "502",
        "",
    ]
    assert texts("tags", tags=["a", {"x": True}]) == ["a, true"]


def test_a_trace_is_a_column_whatever_its_field_is_called() -> None:
    assert texts("trace", traceId="4bf9") == ["4bf9"]


def test_a_value_is_one_visible_line_that_is_cut() -> None:
    assert texts("a b", a="x\ny\u202e", b="z" * 500) == ["x y<U+202E>", "z" * 200]


@pytest.mark.parametrize(
    "name", ["", "message", "level", "a b", "a,b", "a:b", "9x", "x" * 101, "C:\\x"]
)
def test_what_is_in_the_list_anyway_or_has_no_name_is_no_column(name: str) -> None:
    assert not is_column(name)


def test_names_come_in_one_parameter_each_once_and_only_so_many() -> None:
    read = Columns().to_python

    assert read("b,a,b,<x>,") == ("b", "a")
    assert len(read(",".join("abcdefghij"))) == 6


def test_columns_are_remembered_until_an_address_names_some() -> None:
    remembered = {"columns": "host%2Chttp.code"}

    assert with_columns(QueryDict("q=x"), remembered)["columns"] == "host,http.code"
    assert with_columns(QueryDict("columns="), remembered)["columns"] == ""


def test_it_counts_the_fields_of_the_list() -> None:
    items = [item(host="a", http={"code": 1}), item(host="b", _logsite={"level": "x"})]

    found = [(one.name, one.entries, one.chosen) for one in seen(items, ["host", "no"])]

    assert found == [("host", 2, True), ("http.code", 1, False), ("no", 0, True)]
