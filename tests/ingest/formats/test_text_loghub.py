"""The sample files of eight systems: every line, its own time, its own level."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from ingest.formats.joining import Joined, Joiner, Line
from ingest.formats.linetimes import Reading
from ingest.send.reader import read_lines

LOGHUB: Final = Path(__file__).parents[4] / "shared" / "data" / "loghub"
NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Row = dict[str, str]

pytestmark = [
    pytest.mark.loghub,
    pytest.mark.skipif(not LOGHUB.is_dir(), reason=f"no sample lines at {LOGHUB}"),
]


def _parsed(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form).replace(tzinfo=UTC)


def _this_year(text: str) -> datetime:
    """June and July of this year, December of the last: not after NOW."""
    at = _parsed("%Y %b %d %H:%M:%S")(f"{NOW.year} {text}")
    return at if at <= NOW else at.replace(year=NOW.year - 1)


# The columns that make the time of a line, and how they are read.
TIMES: Final[dict[str, tuple[tuple[str, ...], Callable[[str], datetime]]]] = {
    "Apache": (("Time",), _parsed("%a %b %d %H:%M:%S %Y")),
    "HDFS": (("Date", "Time"), _parsed("%y%m%d %H%M%S")),
    "Hadoop": (("Date", "Time"), _parsed("%Y-%m-%d %H:%M:%S,%f")),
    "Linux": (("Month", "Date", "Time"), _this_year),
    "OpenSSH": (("Date", "Day", "Time"), _this_year),
    "OpenStack": (("Date", "Time"), _parsed("%Y-%m-%d %H:%M:%S.%f")),
    "Spark": (("Date", "Time"), _parsed("%y/%m/%d %H:%M:%S")),
    "Zookeeper": (("Date", "Time"), _parsed("%Y-%m-%d %H:%M:%S,%f")),
}
WITHOUT_LEVEL: Final = ("Linux", "OpenSSH")  # Linux' column of that name is the host


def entries_of(system: str) -> list[Joined]:
    joiner = Joiner(Reading(NOW))
    found: list[Joined] = []
    with (LOGHUB / system / f"{system}_2k.log").open("rb") as handle:
        for line in read_lines(handle):
            text = line.data.decode()
            found += joiner.add(Line(line.number, line.start, line.end, text))
    return [*found, *joiner.flush()]


def rows_of(system: str) -> list[Row]:
    path = LOGHUB / system / f"{system}_2k.log_structured.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("system", TIMES)
def test_it_makes_one_entry_of_every_line(system: str) -> None:
    assert len(entries_of(system)) == 2_000


@pytest.mark.parametrize("system", TIMES)
def test_it_reads_the_true_time_of_every_line(system: str) -> None:
    columns, read = TIMES[system]
    true = [read(" ".join(row[name] for name in columns)) for row in rows_of(system)]

    assert [e.head.time.at for e in entries_of(system) if e.head.time] == true


@pytest.mark.parametrize("system", TIMES)
def test_it_reads_the_true_level_of_every_line_that_has_one(system: str) -> None:
    true: list[str | None] = [None] * 2_000
    if system not in WITHOUT_LEVEL:
        true = [row["Level"] for row in rows_of(system)]

    assert [entry.head.level for entry in entries_of(system)] == true


@pytest.mark.parametrize("system", TIMES)
def test_it_keeps_the_content_of_every_line(system: str) -> None:
    # Where the true content is shorter, more of the line stays in the message.
    for entry, row in zip(entries_of(system), rows_of(system), strict=True):
        assert entry.message.rstrip().endswith(row["Content"].rstrip())
