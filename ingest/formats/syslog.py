"""Syslog as rsyslog and syslog-ng post it: lines of RFC 5424 or RFC 3164, or JSON.

Nothing is rejected for how it looks: a line in neither form is all message. What a
line had before its message becomes the entry's fields or its metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import msgspec

from ingest.entry import Level
from ingest.errors import BadEntry, Unreadable
from ingest.formats import ecs
from ingest.formats.batch import Batch, Gathering, check_count
from ingest.formats.canonical import DECODE_ERRORS
from ingest.formats.jsontext import read_json

# RFC 5424, tables 1 and 2.
FACILITIES: Final = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news"),
    *("uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock"),
    *(f"local{number}" for number in range(8)),
)
SEVERITIES: Final = (
    *(("emerg", Level.FATAL), ("alert", Level.FATAL), ("crit", Level.FATAL)),
    *(("err", Level.ERROR), ("warning", Level.WARN), ("notice", Level.INFO)),
    *(("info", Level.INFO), ("debug", Level.DEBUG)),
)
_BLANKS: Final = b" \t\r\n\0"
_NIL: Final = (None, "", "-")
_NO_JSON: Final = ("invalid_json", "invalid_utf8")
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])

_PRIORITY: Final = r"<(?P<priority>1(?:9[01]|[0-8]\d)|\d{1,2})>"
_ISO: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_BSD: Final = r"[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4}\b)?"
_STRUCTURED: Final = r'(?:\[(?:[^"\]]|"(?:\\.|[^"\\])*")*\])+'
_FORMS: Final = (
    re.compile(  # RFC 5424, also with nothing where templates should write a dash
        rf"{_PRIORITY}1 (?P<time>\S+) (?P<host>\S*) (?P<service>\S*) (?P<pid>\S*) "
        rf"(?P<message_id>\S*) (?P<structured>-|{_STRUCTURED}|)(?: (?P<message>.*)|$)",
        re.DOTALL,
    ),
    re.compile(  # RFC 3164, and what files of rsyslog and syslog-ng look like
        rf"(?:{_PRIORITY})?(?P<time>{_BSD}|{_ISO}) "
        r"(?:(?P<host>[^\s\[\]]*[^\s\[\]:]) )?"
        r"(?:(?P<service>[^\s:\[\]]{1,200})(?:\[(?P<pid>[^\]\s]*)\])?:(?!\S) ?)?"
        r"(?P<message>.*)",
        re.DOTALL,
    ),
)
_HEADLESS: Final = re.compile(rf"(?:{_PRIORITY})?(?P<message>.*)", re.DOTALL)
_ELEMENT: Final = re.compile(
    r'\[(?P<id>[^\s\]]+)(?P<pairs>(?:"(?:\\.|[^"\\])*"|[^\]"])*)\]'
)
# Only behind a blank: else each letter of a long word would be tried as a start.
_PAIR: Final = re.compile(r'(?<!\S)(?P<name>[^\s=]+)="(?P<value>(?:\\.|[^"\\])*)"')
_ESCAPED: Final = re.compile(r'\\(["\\\]])')

# What templates of rsyslog and syslog-ng call the fields, in lower case without
# punctuation: of each, the first that is there.
_JSON_NAMES: Final = {
    "timestamp": ("isodate", "timereported", "risodate", "timegenerated", "date"),
    "level": ("syslogseveritytext", "severity", "priority", "syslogseverity"),
    "service": ("program", "programname", "appname", "syslogtag", "tag"),
    "host": ("host", "hostname", "fromhost"),
    "pid": ("pid", "procid"),
    "message_id": ("msgid",),
    "facility": ("facility", "syslogfacilitytext", "syslogfacility"),
}
_PUNCTUATION: Final = str.maketrans("", "", ".-_$!")


def read_syslog(body: bytes, default_service: str, now: datetime) -> Batch:
    """The entries of a body: one a line, or one for each member of a JSON array.

    Raises Unreadable if there is none.
    """
    gathering = Gathering(default_service, now)
    for part in _parts(body.strip(_BLANKS)):
        try:
            fields, mended = _fields(part)
        except BadEntry as error:
            gathering.reject(error)
        else:
            gathering.add(fields, mended)
    if not gathering.count:
        raise Unreadable("no_entries", "The body holds no line.")
    return gathering.batch()


def elements(text: str) -> dict[str, dict[str, Any]]:
    """The structured data of RFC 5424: [id name="value" ...]..."""
    found: dict[str, dict[str, Any]] = {}
    for element in _ELEMENT.finditer(text):
        values = found.setdefault(element["id"], {})
        for pair in _PAIR.finditer(element["pairs"]):
            _add(values, pair["name"], _ESCAPED.sub(r"\1", pair["value"]))
    return found


def _add(values: dict[str, Any], name: str, value: str) -> None:
    """A name may come more than once, and then means all of its values."""
    if name not in values:
        values[name] = value
    elif isinstance(values[name], list):
        values[name].append(value)
    else:
        values[name] = [values[name], value]


def _parts(body: bytes) -> list[bytes]:
    if body.startswith(b"["):  # or a line that begins so
        try:
            return [bytes(raw) for raw in _ARRAY.decode(body)]
        except DECODE_ERRORS:
            pass
    if body.startswith(b"{") and b"\n" in body and _is_object(body):
        return [body]
    check_count(body.count(b"\n") + 1)
    return [line for line in body.split(b"\n") if line.strip(_BLANKS)]


def _fields(part: bytes) -> tuple[dict[str, Any], list[str]]:
    """The fields of an entry, and what had to be guessed."""
    if part.startswith(b"{") and (sent := _object(part)) is not None:
        return _fields_of_object(sent), []
    text, mended = _text(part.strip(_BLANKS))
    match = next((found for form in _FORMS if (found := form.match(text))), None)
    if match is None:
        match, mended = _HEADLESS.match(text), [*mended, "header"]
    return dict(_fields_of_line(text, match.groupdict() if match else {})), mended


def _is_object(part: bytes) -> bool:
    try:
        return _object(part) is not None
    except BadEntry:  # an object, but not for us
        return True


def _object(part: bytes) -> dict[str, Any] | None:
    try:
        sent, _ = read_json(part)
    except BadEntry as error:
        if error.code in _NO_JSON:  # a line that only begins like an object
            return None
        raise
    return sent if isinstance(sent, dict) else None


def _text(line: bytes) -> tuple[str, list[str]]:
    """RFC 5424 allows any bytes in a message: what is no UTF-8 is escaped."""
    if line.startswith(b'"') and line.endswith(b'"'):  # a member of a JSON array
        with suppress(BadEntry):
            return str(read_json(line)[0]), []
    try:
        return line.decode(), []
    except UnicodeDecodeError:
        return line.decode(errors="backslashreplace"), ["encoding"]


def _fields_of_line(
    line: str, groups: dict[str, str | None]
) -> Iterator[tuple[str, Any]]:
    known = {name: value for name, value in groups.items() if value not in _NIL}
    message = known.pop("message", "").removeprefix("\ufeff").strip()
    yield "message", message or line
    yield "timestamp", known.pop("time", None)
    yield "service", known.pop("service", None)
    metadata: dict[str, Any] = {}
    if priority := known.pop("priority", None):
        facility, severity = divmod(int(priority), 8)
        metadata["facility"] = FACILITIES[facility]
        metadata["severity"], level = SEVERITIES[severity]
        yield "level", level.value
    if structured := known.pop("structured", None):
        metadata["structured"] = elements(structured)
    yield "metadata", metadata | {n: _number(n, v) for n, v in known.items()}


def _number(name: str, value: str) -> str | int:
    is_number = name == "pid" and value.isdecimal() and len(value) < 19
    return int(value) if is_number else value


def _fields_of_object(sent: dict[str, Any]) -> dict[str, Any]:
    folded = {name.lower().translate(_PUNCTUATION): name for name in sent}
    for field, names in _JSON_NAMES.items():
        if field in sent:
            continue
        found = (folded[name] for name in names if name in folded)
        if name := next((name for name in found if sent[name] not in _NIL), None):
            sent[field] = sent.pop(name)
    if isinstance(tag := sent.get("service"), str):  # sshd[4711]:
        sent["service"] = tag.partition("[")[0].rstrip(":")
    return ecs.fields_of(sent)
