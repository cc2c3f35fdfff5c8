"""Which spelling of a severity means which level: the table behind docs/ingest.md."""

from __future__ import annotations

from typing import Final

from ingest.entry import Level

# Names that programs write, in lower case. Syslog's are all here.
_NAMES: Final[dict[Level, tuple[str, ...]]] = {
    Level.TRACE: ("trace", "trc", "t", "finest", "finer", "verbose", "silly"),
    Level.DEBUG: ("debug", "debg", "dbg", "d", "fine", "config"),
    Level.INFO: (
        *("info", "information", "informational", "inf", "i"),
        *("notice", "note", "n", "log", "success", "ok", "audit"),
    ),
    Level.WARN: ("warn", "warning", "wrn", "w", "warnings"),
    Level.ERROR: ("error", "err", "eror", "e", "errors", "severe", "failure"),
    Level.FATAL: (
        *("fatal", "ftl", "f", "critical", "crit", "c", "alert", "a"),
        *("emergency", "emerg", "panic"),
    ),
}
# RFC 5424, table 2. Other numbers mean different things to different libraries.
_SYSLOG_NUMBERS: Final[tuple[Level, ...]] = (
    *(Level.FATAL, Level.FATAL, Level.FATAL),  # 0 emergency, 1 alert, 2 critical
    *(Level.ERROR, Level.WARN),  # 3 error, 4 warning
    *(Level.INFO, Level.INFO, Level.DEBUG),  # 5 notice, 6 informational, 7 debug
)
SPELLINGS: Final[dict[str, Level]] = {
    name: level for level, names in _NAMES.items() for name in names
} | {str(number): level for number, level in enumerate(_SYSLOG_NUMBERS)}


def read_level(value: object) -> Level | None:
    """The level that a value spells, in any case; None if it spells none.

    read_level("Warning")  # WARN
    read_level(3)          # ERROR, syslog's number
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return SPELLINGS.get(str(value).strip(" \t[]<>:").lower())
