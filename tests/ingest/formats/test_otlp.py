"""What becomes of OpenTelemetry's log records."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)

from ingest.entry import MAX_ENTRY_BYTES, LogEntry
from ingest.errors import TooLarge, Unreadable
from ingest.formats.batch import MAX_ENTRIES, Batch
from ingest.formats.canonical import canonical_entries
from ingest.formats.otlp import read_protobuf
from tests.ingest.formats.otlpdata import AT, record, request

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = {"service.name": "shop", "host.name": "web-1", "cloud.region": "eu"}


def batch_of(message: ExportLogsServiceRequest) -> Batch:
    return read_protobuf(message.SerializeToString(), "default", NOW)


def entry_of(*args: Any, **fields: Any) -> LogEntry:
    """The entry of one record without resource and scope."""
    (entry,) = batch_of(request(record(*args, **fields))).entries
    return entry


def test_it_reads_a_record_with_its_resource_and_scope() -> None:
    sent = request(
        record("card declined", severity_number=17, attributes={"order.id": 4711}),
        resource=SHOP,
        scope={"name": "payments", "version": "1.2", "attributes": {"team": "pay"}},
    )

    (entry,) = batch_of(sent).entries

    assert (entry.service, entry.level) == ("shop", "ERROR")
    assert entry.message == "card declined"
    assert entry.timestamp == datetime(2026, 3, 1, 11, 59, 58, 250_000, tzinfo=UTC)
    assert entry.metadata == {
        "host": "web-1",
        "cloud_region": "eu",
        "scope_name": "payments",
        "scope_version": "1.2",
        "team": "pay",
        "order_id": 4711,
    }


def test_its_entries_take_the_workers_fast_path() -> None:
    batch = batch_of(request(record(attributes={"a.b": 1}), resource=SHOP))

    assert canonical_entries(batch.values) is not None


def test_nanoseconds_are_kept() -> None:
    (value,) = batch_of(request(record())).values

    assert b'"timestamp":"2026-03-01T11:59:58.250000001Z"' in value


def test_without_a_time_the_observed_one_counts() -> None:
    entry = entry_of(time_unix_nano=0, observed_time_unix_nano=AT)

    assert entry.timestamp.second == 58


def test_without_any_time_that_of_receipt_counts() -> None:
    assert entry_of(time_unix_nano=0).timestamp == NOW


@pytest.mark.parametrize("years", [1970, 2026, 2500])
def test_a_clock_may_be_years_off(years: int) -> None:
    at = datetime(years, 6, 1, tzinfo=UTC)
    entry = entry_of(time_unix_nano=int(at.timestamp()) * 10**9)

    assert entry.timestamp == at
    assert entry.metadata == {}


@pytest.mark.parametrize(
    ("number", "level"),
    [
        *((1, "TRACE"), (4, "TRACE"), (5, "DEBUG"), (8, "DEBUG"), (9, "INFO")),
        *((12, "INFO"), (13, "WARN"), (16, "WARN"), (17, "ERROR"), (20, "ERROR")),
        *((21, "FATAL"), (24, "FATAL")),
    ],
)
def test_severity_numbers_are_levels(number: int, level: str) -> None:
    assert entry_of(severity_number=number).level == level


def test_a_finer_severity_number_is_kept() -> None:
    assert entry_of(severity_number=13).metadata == {}
    assert entry_of(severity_number=14).metadata == {"severity_number": 14}


def test_a_number_beyond_the_table_leaves_the_level_to_the_text() -> None:
    entry = entry_of(severity_number=99, severity_text="error")

    assert entry.level == "ERROR"
    assert entry.metadata["severity_number"] == 99


def test_severity_text_is_kept_if_the_level_does_not_say_it() -> None:
    assert entry_of(severity_number=13, severity_text="warn").metadata == {}
    told = entry_of(severity_number=17, severity_text="SEVERE")
    assert told.metadata == {"severity_text": "SEVERE"}


def test_without_a_number_the_text_is_the_level() -> None:
    assert entry_of(severity_text="Warning").level == "WARN"


def test_without_severity_the_level_is_info() -> None:
    assert entry_of().level == "INFO"


def test_an_unknown_severity_text_is_marked() -> None:
    entry = entry_of(severity_text="odd")

    assert entry.level == "INFO"
    assert entry.metadata["_logsite"] == {"mended": ["level"], "level": "odd"}


def test_trace_and_span_are_hex() -> None:
    entry = entry_of(trace_id=bytes(range(16)), span_id=b"\xab" * 8, flags=0x101)

    assert entry.metadata == {
        "trace_id": "000102030405060708090a0b0c0d0e0f",
        "span_id": "abababababababab",
        "trace_flags": 1,
    }


def test_ids_of_zeroes_are_none() -> None:
    assert entry_of(trace_id=bytes(16), span_id=bytes(8)).metadata == {}


def test_an_event_has_its_name() -> None:
    entry = entry_of("Bob signed in", event_name="user.login")

    assert entry.message == "Bob signed in"
    assert entry.metadata == {"event_name": "user.login"}


def test_an_event_without_a_body_says_its_name() -> None:
    assert entry_of(None, event_name="user.login").message == "user.login"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-7, "-7"),
        (1.5, "1.5"),
        (math.nan, "NaN"),
        (b"\x00\xff", "AP8="),
        (["a", 1, None], '["a",1,null]'),
        ({"http.status": 200, "ok": True}, '{"http_status":200,"ok":true}'),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_a_body_of_any_type_becomes_the_message(body: Any, message: str) -> None:
    entry = entry_of(body)

    assert entry.message == message
    assert entry.metadata == {}


@pytest.mark.parametrize("body", [None, ""])
def test_a_record_that_says_nothing_is_rejected(body: Any) -> None:
    batch = batch_of(request(record(body), record("fine")))

    assert [(one.index, one.code) for one in batch.rejected] == [(0, "no_message")]
    assert list(batch.indexes) == [1]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("text", "text"),
        ("", ""),
        (True, True),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (0.1, 0.1),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
        (b"abc", "YWJj"),
        (None, None),
        ([1, "a", [2.5, {}]], [1, "a", [2.5, {}]]),
        ({"a": {"b.c": [b"\x01"]}}, {"a": {"b_c": ["AQ=="]}}),
    ],
)
def test_attributes_of_every_type_are_kept(sent: Any, kept: Any) -> None:
    assert entry_of(attributes={"it": sent}).metadata == {"it": kept}


def test_names_that_meet_lose_no_value() -> None:
    sent = request(
        record(attributes={"a.b": 2, "a_b": 3, "": 4, "$x": 5}), resource={"a.b": 1}
    )

    (entry,) = batch_of(sent).entries

    assert entry.metadata == {"a_b": 1, "a_b_": 2, "a_b__": 3, "_": 4, "_x": 5}


def test_an_attribute_cannot_forge_our_marks() -> None:
    entry = entry_of(attributes={"_logsite": {"mended": ["nothing"]}})

    assert entry.metadata == {"_logsite_": {"mended": ["nothing"]}}


def test_what_names_the_source_has_our_names() -> None:
    named = {"service.instance.id": "i-1", "host.name": "h", "k8s.pod.name": "p"}
    (entry,) = batch_of(request(record(), resource=named)).entries

    assert entry.metadata == {"instance": "i-1", "host": "h", "pod": "p"}


def test_without_a_service_name_the_tokens_service_counts() -> None:
    assert entry_of().service == "default"


def test_a_service_name_that_is_no_text_is_taken_in_words() -> None:
    (entry,) = batch_of(request(record(), resource={"service.name": 7})).entries

    assert entry.service == "7"


def test_an_empty_request_has_no_entries() -> None:
    assert batch_of(ExportLogsServiceRequest()).entries == []


def test_records_are_counted_through_all_resources_and_scopes() -> None:
    sent = request(record("a"), record(""), resource={"service.name": "one"})
    sent.MergeFrom(request(record(""), record("b"), resource={"service.name": "two"}))

    batch = batch_of(sent)

    assert [e.service for e in batch.entries] == ["one", "two"]
    assert list(batch.indexes) == [0, 3]
    assert [one.index for one in batch.rejected] == [1, 2]


def test_a_record_that_is_too_large_is_rejected_alone() -> None:
    batch = batch_of(request(record("a" * MAX_ENTRY_BYTES), record("fine")))

    assert [one.code for one in batch.rejected] == ["too_large"]
    assert len(batch.entries) == 1


def test_a_record_that_is_too_deep_is_rejected_alone() -> None:
    deep: Any = "a"
    for _ in range(40):
        deep = [deep]

    batch = batch_of(request(record(attributes={"it": deep}), record("fine")))

    assert [one.code for one in batch.rejected] == ["too_deep"]
    assert len(batch.entries) == 1


def test_a_record_with_too_many_attributes_is_rejected_alone() -> None:
    many = {f"key-{number}": number for number in range(1_001)}

    batch = batch_of(request(record(attributes=many), record("fine")))

    assert [one.code for one in batch.rejected] == ["too_many_fields"]


def test_it_refuses_too_many_records() -> None:
    sent = request()
    records = sent.resource_logs[0].scope_logs[0].log_records
    for _ in range(MAX_ENTRIES + 1):
        records.add()

    with pytest.raises(TooLarge):
        batch_of(sent)


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_it_refuses_a_truncated_body(cut: int) -> None:
    body = request(record(), resource=SHOP).SerializeToString()

    with pytest.raises(Unreadable, match="ExportLogsServiceRequest") as refused:
        read_protobuf(body[:-cut], "default", NOW)

    assert refused.value.code == "unreadable_body"


@pytest.mark.parametrize("body", [b"{}", b"not protobuf", b"\xff" * 40])
def test_it_refuses_what_is_no_protobuf(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_protobuf(body, "default", NOW)


def test_it_refuses_text_that_is_no_utf8() -> None:
    body = request(record("abcd")).SerializeToString().replace(b"abcd", b"ab\xff\xfe")

    with pytest.raises(Unreadable):
        read_protobuf(body, "default", NOW)
