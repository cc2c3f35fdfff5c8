"""Times as log lines write them: where they stand, and in which zone they are meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final

from ingest.formats import times
from ingest.formats.times import ReadTime

_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK: Final = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_OFFSET: Final = r"[+-]\d\d:?\d\d"

# Patterns of one named group each; the name says how the text is put to times.py.
ISO: Final = (
    rf"(?P<iso>\d{{4}}-\d\d-\d\d[T ]{_CLOCK}(?: ?(?:Z|UTC|GMT|{_OFFSET})(?![\w:]))?)"
)
SLASHED: Final = rf"(?P<slashed>(?:\d\d)?\d\d/\d\d/\d\d {_CLOCK})"
PACKED: Final = r"(?P<packed>\d{6} \d{6})(?= )"
SYSLOG: Final = rf"(?P<syslog>{_MONTH} [ \d]?\d {_CLOCK}(?: \d{{4}}(?= ))?)"
ASCTIME: Final = rf"(?P<asctime>[A-Z][a-z]{{2}} {_MONTH} [ \d]?\d {_CLOCK} \d{{4}})"
CLF: Final = rf"(?P<clf>\d\d/{_MONTH}/\d{{4}}:{_CLOCK} {_OFFSET})"
DAY_FIRST: Final = rf"(?P<day_first>\d\d {_MONTH} \d{{4}} {_CLOCK})"
KLOG: Final = rf"(?P<klog>\d{{4}} {_CLOCK})"
FORMS: Final = frozenset(
    ("iso", "slashed", "packed", "syslog", "asctime", "clf", "day_first", "klog")
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader of a file knows and its lines do not say."""

    now: datetime  # no line is newer than this: the clock, or the file's last change
    zone: tzinfo = UTC


@lru_cache(maxsize=1024)  # many lines share a second
def read_line_time(form: str, text: str, reading: Reading) -> ReadTime | None:
    """The moment that a matched form names; None if there is none (31 June)."""
    try:
        spelled = _SPELLED.get(form, _as_written)(text)
    except (ValueError, IndexError):
        return None
    return read_time_value(spelled, reading)


def read_time_value(text: str, reading: Reading) -> ReadTime | None:
    """A time in any notation, in the zone of the reading where it names none."""
    found = _read(text, reading.now)
    if found is None or "zone" not in found.assumed:
        return found
    local = found.at.replace(tzinfo=reading.zone)
    return ReadTime(local.astimezone(UTC), found.assumed)


def _read(text: str, now: datetime) -> ReadTime | None:
    try:  # most lines are ISO, and this is ten times faster
        at = datetime.fromisoformat(text)
    except ValueError:
        return times.read_time(text, now)
    if at.tzinfo is None:
        return ReadTime(at.replace(tzinfo=UTC), ("zone",))
    return ReadTime(at.astimezone(UTC))


def _as_written(text: str) -> str:
    return text


def _slashed(text: str) -> str:
    day, clock = text.split(" ")
    century = "" if day[4] == "/" else "20"
    return f"{century}{day.replace('/', '-')} {clock}"


def _packed(text: str) -> str:
    year, month, day = text[:2], text[2:4], text[4:6]
    return f"20{year}-{month}-{day} {text[7:9]}:{text[9:11]}:{text[11:]}"


def _day_first(text: str) -> str:
    day, name, year, clock = text.split(" ")
    month = times.MONTHS.index(name.lower()) + 1
    return f"{year}-{month:02}-{day} {clock}"


def _klog(text: str) -> str:
    month = times.MONTHS[int(text[:2]) - 1]
    return f"{month} {text[2:]}"


_SPELLED: Final[dict[str, Callable[[str], str]]] = {
    "slashed": _slashed,
    "packed": _packed,
    "day_first": _day_first,
    "klog": _klog,
}
