"""What becomes of lines that rsyslog and syslog-ng post."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.entry import MAX_ENTRY_BYTES, LogEntry
from ingest.errors import TooLarge, Unreadable
from ingest.formats.batch import MAX_ENTRIES, Batch
from ingest.formats.syslog import FACILITIES, elements, read_syslog

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = datetime(2026, 3, 1, 11, 59, 58, tzinfo=UTC)


def batch_of(body: str | bytes) -> Batch:
    body = body.encode() if isinstance(body, str) else body
    return read_syslog(body, "default", NOW)


def entry_of(line: str | bytes) -> LogEntry:
    batch = batch_of(line)
    assert not batch.rejected
    (entry,) = batch.entries
    return entry


def marks(entry: LogEntry) -> dict[str, Any]:
    found: dict[str, Any] = entry.metadata.get("_logsite", {})
    return found


def test_it_reads_a_line_of_rfc_5424() -> None:
    entry = entry_of(
        "<85>1 2026-03-01T11:59:58.25Z web-1 sshd 4711 ID7 "
        '[origin ip="10.0.0.7" note="a \\"b\\" \\] c"][meta seq="3"] '
        "\ufeffFailed password for root"
    )

    assert entry == LogEntry(
        AT.replace(microsecond=250_000),
        "INFO",
        "sshd",
        "Failed password for root",
        {
            "facility": "authpriv",
            "severity": "notice",
            "structured": {
                "origin": {"ip": "10.0.0.7", "note": 'a "b" ] c'},
                "meta": {"seq": "3"},
            },
            "host": "web-1",
            "pid": 4711,
            "message_id": "ID7",
        },
    )


def test_it_takes_a_dash_for_nothing() -> None:
    entry = entry_of("<14>1 - - - - - - started")

    assert entry == LogEntry(
        NOW, "INFO", "default", "started", {"facility": "user", "severity": "info"}
    )


def test_it_reads_a_line_whose_template_left_fields_empty() -> None:
    structured = entry_of('<14>1 2026-03-01T11:59:58Z web-1 app   [meta seq="1"] one')
    bare = entry_of("<14>1 2026-03-01T11:59:58Z web-1 app    one")

    assert structured.metadata["structured"] == {"meta": {"seq": "1"}}
    for entry in (structured, bare):
        assert (entry.service, entry.message) == ("app", "one")
        assert entry.metadata["host"] == "web-1"
        assert not marks(entry)


def test_it_reads_a_line_of_rfc_3164_and_marks_the_time_that_it_guesses() -> None:
    entry = entry_of("<34>Mar  1 11:59:58 web-1 su[12]: 'su root' failed for lonvick")

    assert (entry.timestamp, entry.service) == (AT, "su")
    assert entry.level == "FATAL"
    assert entry.message == "'su root' failed for lonvick"
    assert entry.metadata["host"] == "web-1"
    assert entry.metadata["pid"] == 12
    assert entry.metadata["severity"] == "crit"
    assert marks(entry)["mended"] == ["year", "zone"]


@pytest.mark.parametrize(
    "line",
    [
        "<30>2026-03-01T11:59:58+00:00 web-1 nginx[7]: ready",  # rsyslog forwards so
        "2026-03-01T11:59:58+00:00 web-1 nginx[7]: ready",  # syslog-ng's default
        "<30>2026-03-01T12:59:58.000000+01:00 fe80::1 nginx[7]: ready",
        "<30>Mar  1 11:59:58 2026 web-1 nginx[7]: ready",
    ],
)
def test_it_reads_the_usual_variants_of_a_header(line: str) -> None:
    entry = entry_of(line)

    assert (entry.timestamp, entry.service, entry.message) == (AT, "nginx", "ready")
    assert entry.metadata["host"] in ("web-1", "fe80::1")


def test_it_does_not_take_a_tag_for_a_host() -> None:
    for line in ("<30>Mar  1 11:59:58 cron[9]: run", "<30>Mar  1 11:59:58 cron: run"):
        entry = entry_of(line)

        assert (entry.service, entry.message) == ("cron", "run")
        assert "host" not in entry.metadata


def test_it_does_not_take_the_start_of_an_address_for_a_tag() -> None:
    entry = entry_of("<30>Mar  1 11:59:58 web-1 http://example.com/ is away")

    assert entry.message == "http://example.com/ is away"


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("just words", "INFO", "just words"),
        ("<11>only a priority", "ERROR", "only a priority"),
        ("<192>no such priority", "INFO", "<192>no such priority"),
        ("<13>2 2026-03-01T11:59:58Z a b c d - e", "INFO", None),
        ("[12.3] usb 1-1: new device", "INFO", "[12.3] usb 1-1: new device"),
        ('{"half": an object', "INFO", '{"half": an object'),
    ],
)
def test_it_marks_a_line_without_a_header(
    line: str, level: str, message: str | None
) -> None:
    entry = entry_of(line)

    assert entry.level == level
    assert entry.message == (message or line.removeprefix("<13>"))
    assert marks(entry)["mended"] == ["header"]


def test_it_takes_a_line_without_a_message_whole() -> None:
    line = "<14>1 2026-03-01T11:59:58Z web-1 app - - -"

    assert entry_of(line).message == line
    assert entry_of(line).service == "app"


def test_it_reads_one_entry_a_line() -> None:
    batch = batch_of("<14>1 - - a - - - one\r\n\n<14>1 - - a - - - two\n<14>three\n\n")

    assert [entry.message for entry in batch.entries] == ["one", "two", "three"]
    assert list(batch.indexes) == [0, 1, 2]


def test_it_escapes_bytes_that_are_no_utf_8() -> None:
    entry = entry_of(b"<14>1 - - a - - - caf\xe9")

    assert entry.message == "caf\\xe9"
    assert marks(entry)["mended"] == ["encoding"]


def test_it_reads_lines_of_which_the_first_begins_like_an_object() -> None:
    batch = batch_of(b"{caf\xe9\n<13>two")

    assert [entry.message for entry in batch.entries] == ["{caf\\xe9", "two"]


def test_it_rejects_an_object_that_no_entry_can_hold() -> None:
    batch = batch_of('{"msg": "a",\n "n": NaN}')

    assert [one.code for one in batch.rejected] == ["not_finite"]


RSYSLOG = {
    "msg": " disk full",
    "timereported": "2026-03-01T11:59:58+00:00",
    "hostname": "web-1",
    "programname": "app",
    "syslogtag": "app[7]:",
    "procid": "7",
    "syslogseverity-text": "err",
    "syslogfacility-text": "daemon",
}
SYSLOG_NG = {
    "PROGRAM": "app",
    "PRIORITY": "err",
    "PID": "7",
    "MESSAGE": "disk full",
    "HOST": "web-1",
    "FACILITY": "daemon",
    "ISODATE": "2026-03-01T11:59:58+00:00",
}


@pytest.mark.parametrize("sent", [RSYSLOG, SYSLOG_NG])
def test_it_reads_objects_as_templates_make_them(sent: dict[str, str]) -> None:
    entry = entry_of(json.dumps(sent))

    assert (entry.timestamp, entry.level, entry.service) == (AT, "ERROR", "app")
    assert entry.message.strip() == "disk full"
    assert entry.metadata["host"] == "web-1"
    assert entry.metadata["facility"] == "daemon"


def test_it_reads_arrays_of_objects_and_of_lines() -> None:
    objects = batch_of(json.dumps([RSYSLOG, SYSLOG_NG]))
    lines = batch_of(json.dumps(["<14>1 - - a - - - one", "<14>1 - - a - - - two"]))

    assert [entry.service for entry in objects.entries] == ["app", "app"]
    assert [entry.message for entry in lines.entries] == ["one", "two"]


def test_it_reads_a_pretty_printed_object_and_objects_among_lines() -> None:
    mixed = json.dumps(RSYSLOG) + "\n<14>1 - - a - - - one\n" + json.dumps(SYSLOG_NG)

    assert entry_of(json.dumps(RSYSLOG, indent=2)).service == "app"
    assert [entry.service for entry in batch_of(mixed).entries] == ["app", "a", "app"]


def test_it_names_a_service_by_the_tag_without_its_process() -> None:
    assert entry_of('{"syslogtag": "sshd[4711]:", "msg": "a"}').service == "sshd"
    assert entry_of('{"tag": "cron:", "msg": "a"}').service == "cron"


def test_it_rejects_only_what_no_entry_can_be() -> None:
    body = f"<14>{'x' * MAX_ENTRY_BYTES}\n" + '{"host": "a"}\n<14>1 - - a - - - one'

    batch = batch_of(body)

    codes = {one.index: one.code for one in batch.rejected}
    assert codes == {0: "too_large", 1: "no_message"}
    assert [entry.message for entry in batch.entries] == ["one"]


@pytest.mark.parametrize("body", ["", "\n", " \r\n\n", "[]"])
def test_it_refuses_a_body_without_a_line(body: str) -> None:
    with pytest.raises(Unreadable):
        batch_of(body)


def test_it_refuses_more_lines_than_a_request_may_have() -> None:
    with pytest.raises(TooLarge):
        batch_of("a\n" * (MAX_ENTRIES + 2))


def test_it_keeps_all_values_of_a_name_that_comes_twice() -> None:
    assert elements('[origin ip="a" ip="b" ip="c"]') == {
        "origin": {"ip": ["a", "b", "c"]}
    }


HEADER = "<13>1 2026-03-01T11:59:58Z a b c d "


@pytest.mark.timeout(20)  # a pattern that tries again and again would take minutes
@pytest.mark.parametrize(
    "line",
    [
        *(f"{HEADER}[x {'a' * 200_000}] m", f"{HEADER}[x {'a=' * 100_000}] m"),
        *(f"{HEADER}{'[' * 200_000}", f"{HEADER}{'[a ' * 60_000}"),
        *(f"{HEADER}{'[]' * 100_000}x", f"{HEADER}{chr(91)}{chr(34)}" * 10_000),
        *(f"<13>1 {' ' * 200_000}", f"<13>Mar  1 11:59:58 {'a:' * 100_000}"),
        f"<13>Mar  1 11:59:58 h {'a' * 200_000}",
    ],
    ids=range(9),
)
def test_it_takes_no_longer_for_lines_that_are_made_to_be_hard(line: str) -> None:
    batch = batch_of(line)

    assert len(batch.entries) + len(batch.rejected) == 1


TOKEN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
VALUE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)


@given(
    st.integers(0, 191),
    st.lists(TOKEN, min_size=4, max_size=4),
    st.dictionaries(st.sampled_from("abc"), VALUE, max_size=3),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])),
)
def test_it_reads_back_any_line_of_rfc_5424(
    priority: int, header: list[str], params: dict[str, str], text: str
) -> None:
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
        for name, value in params.items()
    }
    pairs = "".join(f' {name}="{value}"' for name, value in escaped.items())
    line = f"<{priority}>1 2026-03-01T11:59:58Z {' '.join(header)} [x@1{pairs}] m{text}"

    entry = entry_of(line)

    assert entry.message == f"m{text}"
    assert entry.metadata["structured"] == {"x@1": params}
    assert entry.metadata["facility"] == FACILITIES[priority // 8]
    assert entry.metadata.get("host", "-") == header[0]


@given(st.binary(max_size=60), st.sampled_from([b"<13>", b"<13>1 ", b"[", b"{", b""]))
def test_it_never_fails_on_any_bytes(line: bytes, start: bytes) -> None:
    try:
        batch = batch_of(start + line)
    except Unreadable:
        return

    assert len(batch.entries) + len(batch.rejected) > 0
