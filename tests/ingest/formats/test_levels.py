"""Spellings of severities."""

import pytest

from ingest.entry import LEVELS, Level
from ingest.formats.levels import SPELLINGS, read_level


@pytest.mark.parametrize(
    ("spelling", "level"),
    [
        *(("trace", "TRACE"), ("FINEST", "TRACE"), ("Verbose", "TRACE")),
        *(("DBG", "DEBUG"), ("fine", "DEBUG")),
        *(("info", "INFO"), ("Notice", "INFO"), ("information", "INFO")),
        *(("warning", "WARN"), ("Warn", "WARN")),
        *(("err", "ERROR"), ("SEVERE", "ERROR"), ("Error", "ERROR")),
        *(("critical", "FATAL"), ("EMERG", "FATAL"), ("panic", "FATAL")),
        *(("T", "TRACE"), ("D", "DEBUG"), ("I", "INFO"), ("W", "WARN")),
        *(("E", "ERROR"), ("F", "FATAL"), (" [WARN] ", "WARN"), ("info:", "INFO")),
    ],
)
def test_it_reads_usual_spellings_in_any_case(spelling: str, level: str) -> None:
    assert read_level(spelling) == level


def test_it_reads_syslog_numbers_as_numbers_and_as_text() -> None:
    expected = ["FATAL", "FATAL", "FATAL", "ERROR", "WARN", "INFO", "INFO", "DEBUG"]

    assert [read_level(number) for number in range(8)] == expected
    assert [read_level(str(number)) for number in range(8)] == expected


@pytest.mark.parametrize("value", ["loud", "", 8, 20, -1, True, None, 3.0, [], {}])
def test_it_does_not_guess(value: object) -> None:
    assert read_level(value) is None


def test_it_knows_every_level_by_its_own_name() -> None:
    assert [read_level(level) for level in LEVELS] == list(Level)
    assert all(spelling == spelling.lower() for spelling in SPELLINGS)
