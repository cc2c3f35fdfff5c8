"""Notations of time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.times import ReadTime, read_time

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(value: object, now: datetime = NOW) -> str | None:
    """The time as text, to the microsecond."""
    found = read_time(value, now)
    return found.at.isoformat() if found else None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02 03:04:05.5 UTC", "2026-01-02T03:04:05.500000+00:00"),
        ("2026-01-02T03:04:05,123456789+09:00", "2026-01-01T18:04:05.123456+00:00"),
        ("2026-01-02 03:04:05 +0900", "2026-01-01T18:04:05+00:00"),
        ("2026-01-02T03:04-05", "2026-01-02T08:04:00+00:00"),
        ("20260102T030405Z", "2026-01-02T03:04:05+00:00"),
        ("[02/Jan/2026:03:04:05 +0100]", "2026-01-02T02:04:05+00:00"),
        ("02/Jan/2026:03:04:05 -0700", "2026-01-02T10:04:05+00:00"),
        ("Fri, 02 Jan 2026 03:04:05 +0100", "2026-01-02T02:04:05+00:00"),
        ("2 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05+00:00"),
    ],
)
def test_it_reads_notations_that_name_a_zone(text: str, at: str) -> None:
    assert read(text) == at
    assert read_time(text, NOW) == ReadTime(datetime.fromisoformat(at))


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-02T03:04:05", "2026-01-02 03:04:05", "2026/01/02 03:04:05"),
        *("Fri Jan 02 03:04:05 2026", "[Fri Jan  2 03:04:05.0 2026]"),
        *("2026-01-02T03:04:05.000", "02/Jan/2026:03:04:05", "2026-01-02_03:04:05"),
    ],
)
def test_it_takes_a_time_without_zone_as_utc(text: str) -> None:
    expected = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    assert read_time(text, NOW) == ReadTime(expected, ("zone",))


def test_it_reads_a_day_as_its_first_moment() -> None:
    assert read("2026-01-02") == "2026-01-02T00:00:00+00:00"


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (-1.5, "1969-12-31T23:59:58.500000+00:00"),
        (1_767_323_045, "2026-01-02T03:04:05+00:00"),
        (1_767_323_045.25, "2026-01-02T03:04:05.250000+00:00"),
        (1_767_323_045_123, "2026-01-02T03:04:05.123000+00:00"),
        (1_767_323_045_123_456, "2026-01-02T03:04:05.123456+00:00"),
        (1_767_323_045_123_456_789, "2026-01-02T03:04:05.123456+00:00"),
        ("1767323045", "2026-01-02T03:04:05+00:00"),
        ("1767323045.123456", "2026-01-02T03:04:05.123456+00:00"),
        ("1767323045123", "2026-01-02T03:04:05.123000+00:00"),
    ],
)
def test_it_tells_the_unit_of_an_epoch_by_its_size(value: object, at: str) -> None:
    assert read(value) == at


def test_it_reads_the_leap_second_as_the_next_one() -> None:
    assert read("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "now", "year"),
    [
        ("Mar  1 12:00:00", NOW, 2026),
        ("Mar  2 11:00:00", NOW, 2026),  # a clock that is ahead
        ("Mar  3 12:00:00", NOW, 2025),
        ("Dec 31 23:59:59", datetime(2026, 1, 1, tzinfo=UTC), 2025),
        ("Jan  1 00:00:01", datetime(2025, 12, 31, 23, 59, tzinfo=UTC), 2026),
        ("Feb 29 10:00:00", NOW, 2024),
    ],
)
def test_it_infers_the_year_that_syslog_leaves_out(
    text: str, now: datetime, year: int
) -> None:
    found = read_time(text, now)

    assert found is not None
    assert found.at.year == year
    assert found.assumed == ("year", "zone")


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "12:00", "2026-13-01T00:00:00Z", "2026-02-30", "Foo  1 12:00:00"),
        *("2026-01-01T25:00:00Z", "99 Foo 2026 10:00:00", "9" * 25, "x" * 10_000),
        *(True, None, [], {}, float("nan"), float("inf"), 1e300, 10**400),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠٢٦-01-01"),
    ],
)
def test_it_says_when_it_cannot_read(value: object) -> None:
    assert read_time(value, NOW) is None


@given(st.text(max_size=90) | st.integers() | st.floats())
def test_it_never_fails(value: object) -> None:
    found = read_time(value, NOW)

    assert found is None or found.at.utcoffset() is not None
