"""Ranges of time as people say or paste them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import QueryError
from ingest.query.ranges import Range, read_range

NOW = datetime(2026, 3, 4, 12, 30, 45, tzinfo=UTC)  # a Wednesday; 21:30 in Seoul
SEOUL = ZoneInfo("Asia/Seoul")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(text: str, zone: str = "UTC") -> Range:
    return read_range(text, NOW, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("last 15 minutes", timedelta(minutes=15)),
        ("Last  2 Hours", timedelta(hours=2)),
        ("past week", timedelta(weeks=1)),
        ("last hour", timedelta(hours=1)),
        ("3w", timedelta(weeks=3)),
        ("최근 15분", timedelta(minutes=15)),
        ("지난 2시간", timedelta(hours=2)),
        ("-90s", timedelta(seconds=90)),
        ("now-1h", timedelta(hours=1)),
        ("15 minutes ago", timedelta(minutes=15)),
        ("since an hour ago", timedelta(hours=1)),
        ("2시간 전", timedelta(hours=2)),
    ],
)
def test_back_from_now_is_open_to_the_future(text: str, back: timedelta) -> None:
    assert read(text) == Range(NOW - back)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("yesterday", "2026-03-03", "2026-03-04"),
        ("어제", "2026-03-03", "2026-03-04"),
        ("monday", "2026-03-02", "2026-03-03"),
        ("2026-03-01", "2026-03-01", "2026-03-02"),
        ("2026/03/01", "2026-03-01", "2026-03-02"),
        ("yesterday 17:00", "2026-03-03T17:00", "2026-03-03T17:01"),
        ("yesterday at 5pm", "2026-03-03T17:00", "2026-03-03T18:00"),
        ("어제 17:00", "2026-03-03T17:00", "2026-03-03T17:01"),
        ("2026-03-01 10:00", "2026-03-01T10:00", "2026-03-01T10:01"),
        ("2026-03-01T10:00:05Z", "2026-03-01T10:00:05", "2026-03-01T10:00:06"),
        ("01/Mar/2026:10:00:05 +0000", "2026-03-01T10:00:05", "2026-03-01T10:00:06"),
        ("Mar  1 10:00:05", "2026-03-01T10:00:05", "2026-03-01T10:00:06"),
        ("1772359205", "2026-03-01T10:00:05", "2026-03-01T10:00:06"),
        ("1772359205000", "2026-03-01T10:00:05", "2026-03-01T10:00:06"),
        ("10:00", "2026-03-04T10:00", "2026-03-04T10:01"),
        ("10:00 to 11:00", "2026-03-04T10:00", "2026-03-04T11:00"),
        ("2026-03-01 10:00 to 11:00", "2026-03-01T10:00", "2026-03-01T11:00"),
        ("from 2026-03-01 23:00 to 1:00", "2026-03-01T23:00", "2026-03-02T01:00"),
        ("2026-03-01 10:00 - 2026-03-02 9:30", "2026-03-01T10:00", "2026-03-02T09:30"),
        ("2026-03-01 ~ 2026-03-02", "2026-03-01", "2026-03-03"),
        ("2026-03-01T10:00:00Z/2026-03-01T11:00:00Z", "2026-03-01T10", "2026-03-01T11"),
        ("now-2h to now-1h", "2026-03-04T10:30:45", "2026-03-04T11:30:45"),
        ("now-1d/d to now/d", "2026-03-03", "2026-03-04"),
        ("yesterday 17:00 to today 9:00", "2026-03-03T17:00", "2026-03-04T09:00"),
        ("어제 17:00부터 오늘 9:00까지", "2026-03-03T17:00", "2026-03-04T09:00"),
        ("1772359205 to 1772359265", "2026-03-01T10:00:05", "2026-03-01T10:01:05"),
    ],
)
def test_it_reads_a_range(text: str, start: str, end: str) -> None:
    assert read(text) == Range(at(start), at(end))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-03-04", None),
        ("this week", "2026-03-02", None),
        ("이번 달", "2026-03-01", None),
        ("this hour", "2026-03-04T12:00", None),
        ("since monday", "2026-03-02", None),
        ("before 2026-03-01", None, "2026-03-01"),
        ("until yesterday 17:00", None, "2026-03-03T17:00"),
    ],
)
def test_a_range_may_be_open(text: str, start: str | None, end: str | None) -> None:
    expected = Range(at(start) if start else None, at(end) if end else None)

    assert read(text) == expected


def test_words_are_meant_in_the_zone() -> None:
    assert read("yesterday", "Asia/Seoul").start == at("2026-03-02T15:00")
    assert read("17:00 to 18:00", "Asia/Seoul").start == at("2026-03-04T08:00")
    assert read("2026-03-01T10:00:00Z", "Asia/Seoul").start == at("2026-03-01T10:00")
    assert read("2026-03-01 10:00", "Asia/Seoul").start == at("2026-03-01T01:00")


def test_a_day_in_which_clocks_change_has_its_own_length() -> None:
    found = read("2026-03-29", "Europe/Berlin")

    assert (found.start, found.end) == (at("2026-03-28T23:00"), at("2026-03-29T22:00"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "last", "last x minutes", "25:00", "13pm", "2026-13-01", "15"),
        *("999999 weeks", "11:00 to", "to", "yesterday to soon", "x" * 300),
        *("2026-03-02 to 2026-03-01", "now to now-1h", "１５m"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        read(text)

    assert refused.value.code == "bad_range"


@given(st.text(max_size=40) | st.text("0123456789-:/ Tto.dhm부터오늘", max_size=30))
def test_a_text_is_a_range_or_refused(text: str) -> None:
    try:
        found = read_range(text, NOW, SEOUL)
    except QueryError:
        return

    assert found.start or found.end
