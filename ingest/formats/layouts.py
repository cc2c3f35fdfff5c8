"""The layouts of log lines: what stands before the message, as patterns.

A layout is a head, which holds the time, and tails, of which the first that matches
says what follows the time. Every named group becomes a field of the entry, except
`level` and the group of the time. To add a format: write a head or a tail here, and a
line of it with its true fields in tests/ingest/formats/test_text.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ingest.formats import linetimes as times

_WORDS: Final = (
    "informational|information|emergency|critical|warning|verbose|"
    "notice|severe|finest|trace|debug|error|fatal|alert|emerg|panic|"
    "config|finer|fine|info|warn|crit|err|log|dbg|inf|wrn|ftl|vrb|trc"
)
# A bare word is a level only in capitals: "error in module" is a message.
_BARE: Final = rf"(?P<level>{_WORDS.upper()})(?!\w)"
_LEVEL: Final = rf"(?P<level>(?i:{_WORDS}))(?!\w)"
_LETTER: Final = r"(?P<level>[TDIWEF])"
_PRIORITY: Final = r"<(?P<priority>\d{1,3})>"
_SEPARATOR: Final = r"\s*(?:[:|\-]\s+)?"  # no run of spaces has two readings
_ORIGIN: Final = r"(?P<origin>\S{1,200})\s+(?:\|\s+)?"
_DOTTED: Final = r"(?P<component>root|[\w$\-]+(?:(?:\.|::)[\w$\-]+)+)"
_NESTED: Final = r"(?:[^\[\]]|\[[^\]]*\])*"  # a thread's name may have brackets
_ANY_TIME: Final = "|".join(
    (times.ISO, times.SLASHED, times.ASCTIME, times.DAY_FIRST, times.CLF)
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A head and the tails that may follow it; the message follows the tail."""

    head: re.Pattern[str]
    tails: tuple[re.Pattern[str], ...]


def _layout(head: str, *tails: str) -> Layout:
    return Layout(re.compile(head), tuple(re.compile(tail) for tail in tails))


_ACCESS: Final = _layout(  # Apache and nginx, common and combined
    rf"(?P<client>\S+) \S+ (?P<user>\S+) \[{times.CLF}\] ",
    r'(?="(?:\\.|[^"\\])*" (?P<status>\d{3}) (?P<bytes>\d+|-))',
    r'(?=")',
)
_SYSLOG_5424: Final = _layout(
    rf"{_PRIORITY}1 (?:{times.ISO}|-) ",
    r"(?P<host>\S+) (?P<component>\S+) (?P<pid>\S+) (?P<message_id>\S+) "
    r'(?:-|(?P<structured>(?:\[(?:"(?:\\.|[^"\\])*"|[^\]"])*\])+)) ?(?:\ufeff)?',
)
_SYSLOG_3164: Final = _layout(
    rf"(?:{_PRIORITY})?{times.SYSLOG} ",
    r"(?P<host>\S+) (?P<component>[^\s:\[]+)(?:\[(?P<pid>\d+)\])?: ?",
    r"(?P<host>\S+) ",
)
_KLOG: Final = _layout(  # Kubernetes components
    rf"{_LETTER}{times.KLOG}\s+", r"(?P<thread>\d+) (?P<component>[^\s:]+:\d+)\] ?"
)
_REDIS: Final = _layout(
    rf"(?P<pid>\d+):(?P<role>[A-Z]) {times.DAY_FIRST} ", r"(?P<level>[.\-*#]) "
)
_HDFS: Final = _layout(times.PACKED, rf" (?P<pid>\d+) {_BARE} {_DOTTED}: ?")

_TIME_FIRST: Final = _layout(
    rf"(?:{_PRIORITY})?(?:\[?{_BARE}\]?:?\s+|{_ORIGIN})??\[?(?:{_ANY_TIME})",
    # Spring Boot
    rf"\s+{_BARE}\s+(?P<pid>\d+) --- (?:\[(?P<application>[^\]]*)\] )?"
    r"\[\s*(?P<thread>[^\]]*)\] (?P<component>\S+)\s*: ?",
    # ZooKeeper
    rf" - {_BARE}\s+\[(?P<thread>.*?):(?P<component>[^:\]]*)@(?P<line>\d+)\] -\s?",
    # Hadoop and log4j with a thread
    rf"\s+{_BARE}\s+\[(?P<thread>{_NESTED})\]\s+(?P<component>[\w.$\-/]+)(?::| -)\s*",
    # Logback
    rf" \[(?P<thread>{_NESTED})\] {_BARE}\s+(?P<component>\S+) -\s",
    # OpenStack and HDFS-like: pid, level, component
    rf" (?P<pid>\d+) {_BARE} (?P<component>[\w.$\-]+)(?::| \[(?P<request>[^\]]*)\]) ?",
    # Python: time - name - LEVEL - message
    rf" - (?P<component>[\w.\-]+) - {_LEVEL} -\s",
    # Loguru
    rf" \| {_LEVEL}\s*\|\s(?:(?P<component>[\w.<>]+):(?P<function>[\w<>]+)"
    r":(?P<line>\d+) -\s)?",
    # Gunicorn
    rf"\] \[(?P<pid>\d+)\] \[{_LEVEL}\]\s",
    # Apache error log, 2.2 and 2.4
    rf"\] \[(?:(?P<component>\w+):)?{_LEVEL}\] "
    r"(?:\[pid (?P<pid>\d+)(?::tid (?P<thread>\d+))?\] )?",
    # nginx error log
    rf" \[{_LEVEL}\] (?P<pid>\d+)#(?P<thread>\d+): ",
    # PostgreSQL
    r"(?: [A-Z]{3,4})? \[(?P<pid>\d+)\](?: (?P<user>[^\s@]+)@(?P<database>\S+))? "
    rf"{_LEVEL}:\s+",
    # rsyslog with ISO times
    r" (?P<host>[\w.\-]+) (?P<component>[^\s:\[]+)\[(?P<pid>\d+)\]: ?",
    # Monolog
    rf"\] (?P<component>[\w\-]+)\.{_BARE}: ",
    # env_logger of Rust
    rf" {_BARE}\s+(?P<component>[\w:]+)\]\s",
    # Spark, log4j, tracing of Rust
    rf"\]?\s+{_BARE}\s+{_DOTTED}:\s",
    # zap of Go
    rf"\t{_LEVEL}\t(?:(?P<component>[\w.\-]+)\t)?(?:(?P<caller>[\w./\-]+\.go:\d+)\t)?",
    # A level alone: [error], ERROR, error:
    rf"\]?{_SEPARATOR}\[\s*{_LEVEL}\s*\]{_SEPARATOR}",
    rf"\]?{_SEPARATOR}{_BARE}{_SEPARATOR}",
    rf"\]?{_SEPARATOR}{_LEVEL}:\s+",
    rf"\]?{_SEPARATOR}",
)
LAYOUTS: Final = (
    _HDFS,
    _SYSLOG_3164,
    _SYSLOG_5424,
    _KLOG,
    _REDIS,
    _ACCESS,
    _TIME_FIRST,
)
# Lines without a time that begin with a level: ERROR:name:..., [warn] ..., info: ...
UNTIMED: Final = re.compile(
    rf"({_WORDS.upper()}):[\w.\-]+:|\[((?i:{_WORDS}))\]:?\s|((?i:{_WORDS})):\s"
)
