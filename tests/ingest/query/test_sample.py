"""Fields and their most frequent values, of some entries."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.query.sample import Field, Sample, Value


def fields(*entries: dict[str, Any], top: int = 10) -> dict[str, Field]:
    sample = Sample()
    for metadata in entries:
        sample.add(metadata)
    return {field.name: field for field in sample.fields(top)}


def test_the_most_frequent_values_come_first() -> None:
    found = fields(*({"host": host} for host in ("b", "a", "b", "c", "a", "b")), top=2)

    assert found["host"].values == [Value("b", 3), Value("a", 2)]
    assert found["host"].distinct == 3
    assert found["host"].entries == 6


def test_fields_within_fields_have_the_names_of_the_search_text() -> None:
    found = fields({"http": {"code": 502}, "level": "odd", "ok": True})

    assert set(found) == {"http.code", "metadata.level", "ok"}
    assert found["http.code"].values == [Value("502", 1)]
    assert found["ok"].values == [Value("true", 1)]


def test_of_a_list_each_element_counts_once_per_entry() -> None:
    found = fields({"tags": ["a", "a", "b"]}, {"tags": ["a"]})

    assert found["tags"].values == [Value("a", 2), Value("b", 1)]
    assert found["tags"].entries == 2


def test_fields_that_most_entries_have_come_first() -> None:
    assert list(fields({"a": 1, "b": 1}, {"b": 2}, {"c": None})) == ["b", "a"]


def test_our_own_marks_are_no_field() -> None:
    assert fields({"_logsite": {"time": "unreadable"}}) == {}


def test_it_is_full_after_enough_entries() -> None:
    sample = Sample(max_entries=2)
    sample.add({})
    assert not sample.full
    sample.add({})
    assert sample.full


def test_it_is_full_after_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.query.sample.MAX_VALUES", 2)
    sample = Sample()

    sample.add({"a": 1, "b": 1})

    assert sample.full
