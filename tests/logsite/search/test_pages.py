"""What the template filters make of numbers and texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from logsite.search.templatetags.pages import (
    LONGEST,
    brief,
    meaning,
    remarks,
    seconds,
    ticked,
)


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [
        (0.4, "0.4 s"),
        (12.3, "12 s"),
        (210, "3.5 min"),
        (7200, "2.0 h"),
        (30e6, "347 days"),
    ],
)
def test_a_duration_has_the_unit_that_fits(duration_s: float, words: str) -> None:
    assert seconds(duration_s) == words


def test_a_duration_speaks_the_language_of_the_page() -> None:
    with override("ko"):
        assert seconds(0.4) == "0.4초"
        assert seconds(210) == "3.5분"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("retention.ms", "604800000", "7 days"),
        ("segment.ms", "86400000", "24.0 h"),
        ("retention.bytes", "715827882", "683 MiB"),
        ("segment.bytes", "1073741824", "1 GiB"),
        ("index.interval.bytes", "4096", "4 KiB"),
        ("flush.messages", str(LONGEST), "no limit"),
    ],
)
def test_a_long_number_is_put_into_words(name: str, value: str, words: str) -> None:
    assert meaning(value, name) == words


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cleanup.policy", "delete"),
        ("retention.ms", "-1"),
        ("min.insync.replicas", "2"),
        ("linger.ms", "0"),
    ],
)
def test_a_plain_setting_needs_no_words(name: str, value: str) -> None:
    assert meaning(value, name) == ""


def test_code_stands_between_backticks_and_nothing_else_is_markup() -> None:
    assert ticked("`a<b` or <b>") == "<code>a&lt;b</code> or &lt;b&gt;"


def test_a_page_says_what_was_read_as_text() -> None:
    assert "never closed" in remarks('"failed')[0]
    assert remarks("failed") == []
    assert remarks("level:wran") == []


def test_a_time_of_another_year_says_which() -> None:
    now = datetime.now(UTC)

    assert brief(now) == f"{now:%m-%d %H:%M:%S}"
    assert brief(now.replace(year=2005, day=1)) == f"2005-{now:%m}-01 {now:%H:%M:%S}"
