"""OTLP in JSON means the same as in protobuf."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)

from ingest.errors import TooLarge, Unreadable
from ingest.formats.batch import MAX_COMMAS, Batch
from ingest.formats.otlp import batch_of
from ingest.formats.otlpjson import read_otlp_json
from tests.ingest.formats.otlpdata import record, request

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRACE = "5b8efff798038103d269b633813fc60c"
# As the specification has it: lowerCamelCase, 64-bit integers as strings, ids in hex.
RECORD = {
    "timeUnixNano": "1772366398250000001",
    "severityNumber": 13,
    "severityText": "WARN",
    "body": {"stringValue": "card declined"},
    "traceId": TRACE,
    "spanId": "EEE19B7EC3C1B174",
    "attributes": [
        {"key": "order.id", "value": {"intValue": "4711"}},
        {"key": "raw", "value": {"bytesValue": "AP8="}},
    ],
}


def body_of(*records: Any) -> bytes:
    resource = {
        "attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]
    }
    scopes = [{"logRecords": list(records)}]
    return json.dumps(
        {"resourceLogs": [{"resource": resource, "scopeLogs": scopes}]}
    ).encode()


def read(body: bytes) -> Batch:
    return read_otlp_json(body, "default", NOW)


def test_it_reads_what_the_specification_describes() -> None:
    (entry,) = read(body_of(RECORD)).entries

    assert (entry.service, entry.level) == ("shop", "WARN")
    assert entry.message == "card declined"
    assert entry.metadata == {
        "order_id": 4711,
        "raw": "AP8=",
        "trace_id": TRACE,
        "span_id": "eee19b7ec3c1b174",
    }


def test_it_says_the_same_as_protobuf() -> None:
    sent = request(
        record({"a": [1, 2.5, None, True]}, attributes={"x": {"y": b"\x01"}}),
        record("b", severity_number=9),
        resource={"service.name": "shop", "n": -1},
        scope={"name": "lib"},
    )

    from_json = read(json.dumps(MessageToDict(sent)).encode())

    assert from_json == batch_of(sent, "default", NOW)


def test_integers_may_be_numbers_too() -> None:
    (entry,) = read(body_of(RECORD | {"timeUnixNano": 1772366398250000001})).entries

    assert entry.timestamp.year == 2026


def test_unknown_fields_are_passed_over() -> None:
    assert len(read(body_of(RECORD | {"newField": {"a": 1}})).entries) == 1


@pytest.mark.parametrize(
    "body", [b"{}", b'{"resourceLogs": []}', b'{"resourceLogs": [{}]}', body_of()]
)
def test_an_empty_request_has_no_entries(body: bytes) -> None:
    assert read(body).entries == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"resourceLogs": 5}',
        b'{"resourceLogs": [5]}',
        b'{"resourceLogs": [{"scopeLogs": {"a": 1}}]}',
        b'{"resourceLogs": NaN}',
        b'{"resourceLogs": "\xff"}',
        b'{"resourceLogs": ' + b"[" * 5_000,
        body_of(5),
        body_of(RECORD | {"traceId": "no hex"}),
        body_of(RECORD | {"timeUnixNano": "soon"}),
        body_of(RECORD | {"timeUnixNano": "9" * 30}),
        body_of(RECORD | {"timeUnixNano": "9" * 5_000}),
        body_of(RECORD | {"timeUnixNano": -1}),
        body_of(RECORD | {"body": {"stringValue": 5}}),
        body_of(RECORD | {"body": {"stringValue": "a", "intValue": 1}}),
        body_of(RECORD | {"attributes": {"a": 1}}),
        body_of(RECORD | {"flags": 2**40}),
    ],
)
def test_it_refuses_what_the_schema_does_not_allow(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body)

    assert refused.value.code == "unreadable_body"


def test_a_body_that_is_no_value_says_nothing() -> None:
    batch = read(body_of(RECORD | {"body": "text"}, RECORD))

    assert [(one.index, one.code) for one in batch.rejected] == [(0, "no_message")]


def test_it_refuses_values_that_nest_too_deep() -> None:
    deep: Any = {"stringValue": "a"}
    for _ in range(200):
        deep = {"arrayValue": {"values": [deep]}}

    with pytest.raises(Unreadable):
        read(body_of(RECORD | {"body": deep}))


def test_it_refuses_more_parts_than_it_would_decode() -> None:
    with pytest.raises(TooLarge):
        read(b'{"resourceLogs": [' + b"{}," * (MAX_COMMAS + 1) + b"{}]}")


def test_half_a_character_is_replaced() -> None:
    body = body_of(RECORD).replace(b"card declined", b"card \\ud83d")

    (entry,) = read(body).entries

    assert entry.message == "card \N{REPLACEMENT CHARACTER}"


def test_snake_case_is_read_as_well() -> None:
    sent = ExportLogsServiceRequest()
    sent.MergeFrom(request(record("a", trace_id=bytes.fromhex(TRACE))))
    as_dict = MessageToDict(sent, preserving_proto_field_name=True)
    as_dict["resource_logs"][0]["scope_logs"][0]["log_records"][0]["trace_id"] = TRACE

    (entry,) = read(json.dumps(as_dict).encode()).entries

    assert entry.metadata == {"trace_id": TRACE}
