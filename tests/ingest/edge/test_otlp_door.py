"""POST /v1/logs answers as the OTLP specification says."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceResponse,
)

from ingest.edge.doors import OTLP
from ingest.edge.doors.door import Request
from ingest.edge.doors.otlp import MAX_NAMED
from ingest.edge.rates import Rates
from ingest.edge.receipts import decode
from ingest.errors import Broken, TooSlow
from tests.ingest.edge.senders import SECRET, FakeEdge, Reply, post
from tests.ingest.formats.otlpdata import record, request

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
GOOD = request(record("paid"), resource={"service.name": "shop"})
BODY = GOOD.SerializeToString()
RETRYABLE = (429, 502, 503, 504)  # by the specification


@pytest.fixture
def edge() -> FakeEdge:
    return FakeEdge()


async def sent(edge: FakeEdge, body: bytes, **headers: str) -> Reply:
    named = PROTOBUF | {name.replace("_", "-"): text for name, text in headers.items()}
    return await post(edge, body, named, path="/v1/logs")


def status_of(reply: Reply) -> Any:
    assert reply.headers["content-type"] == "application/x-protobuf"
    return Status.FromString(reply.body)


async def test_it_accepts_protobuf_and_answers_in_protobuf(edge: FakeEdge) -> None:
    reply = await sent(edge, BODY)

    assert reply.status == 200
    assert reply.headers["content-type"] == "application/x-protobuf"
    answer = ExportLogsServiceResponse.FromString(reply.body)
    assert not answer.HasField("partial_success")
    (value,) = edge.kafka.values
    assert (value["service"], value["message"]) == ("shop", "paid")


async def test_it_accepts_json_and_answers_in_json(edge: FakeEdge) -> None:
    body: dict[str, Any] = {"resourceLogs": [{"scopeLogs": [{"logRecords": []}]}]}
    body["resourceLogs"][0]["scopeLogs"][0]["logRecords"] = [
        {"body": {"stringValue": "paid"}},
        {"body": {"stringValue": ""}},
    ]

    reply = await post(edge, json.dumps(body).encode(), JSON, path="/v1/logs")

    assert (reply.status, reply.headers["content-type"]) == (200, JSON["content-type"])
    assert reply.json["partialSuccess"]["rejectedLogRecords"] == "1"
    assert "log record 1: no_message" in reply.json["partialSuccess"]["errorMessage"]


async def test_its_receipt_is_in_a_header(edge: FakeEdge) -> None:
    reply = await sent(edge, BODY)

    receipt = decode(reply.headers["x-logsite-receipt"], SECRET)
    assert [run.count for run in receipt.runs] == [1]


async def test_it_unpacks_gzip(edge: FakeEdge) -> None:
    reply = await sent(edge, gzip.compress(BODY), content_encoding="gzip")

    assert (reply.status, len(edge.kafka.sent)) == (200, 1)


async def test_an_empty_request_is_a_success(edge: FakeEdge) -> None:
    reply = await sent(edge, b"")

    assert (reply.status, reply.body) == (200, b"")
    assert edge.kafka.sent == []


async def test_partial_success_counts_and_names_what_was_rejected(
    edge: FakeEdge,
) -> None:
    records = [record("paid"), *[record("")] * (MAX_NAMED + 5)]

    reply = await sent(edge, request(*records).SerializeToString())

    assert reply.status == 200
    partial = ExportLogsServiceResponse.FromString(reply.body).partial_success
    assert partial.rejected_log_records == MAX_NAMED + 5
    assert "log record 1: no_message" in partial.error_message
    assert partial.error_message.endswith("and 5 more")
    assert len(edge.kafka.sent) == 1


async def test_where_nothing_can_be_stored_it_says_what_is_bad(edge: FakeEdge) -> None:
    reply = await sent(edge, request(record("")).SerializeToString())

    assert reply.status == 400
    (detail,) = status_of(reply).details
    bad = BadRequest()
    assert detail.Unpack(bad)
    assert [one.field for one in bad.field_violations] == ["log_records[0]"]
    assert "no_message" in bad.field_violations[0].description


async def test_an_error_is_a_status_in_the_encoding_of_the_request(
    edge: FakeEdge,
) -> None:
    in_protobuf = await sent(edge, BODY[:-3])
    in_json = await post(edge, b"{", JSON, path="/v1/logs")

    assert in_protobuf.status == in_json.status == 400
    assert status_of(in_protobuf).message.startswith("unreadable_body: ")
    assert in_json.json["message"].startswith("unreadable_body: ")
    assert status_of(in_protobuf).code == in_json.json["code"] == 3


async def test_another_content_type_is_refused(edge: FakeEdge) -> None:
    reply = await post(edge, BODY, {"content-type": "text/plain"}, path="/v1/logs")

    assert reply.status == 415
    assert "application/x-protobuf" in reply.json["message"]


async def test_a_gzip_bomb_is_refused(edge: FakeEdge) -> None:
    bomb = gzip.compress(bytes(20 * 1024 * 1024), 1)

    reply = await sent(edge, bomb, content_encoding="gzip")

    assert reply.status == 413
    assert status_of(reply).message.startswith("body_too_large")


async def test_while_kafka_is_away_it_asks_to_come_again(edge: FakeEdge) -> None:
    edge.kafka.away = True

    reply = await sent(edge, BODY)

    assert reply.status == 503
    assert reply.headers["retry-after"].isdigit()
    assert status_of(reply).code == 14


async def test_over_its_rate_it_asks_to_come_again() -> None:
    edge = FakeEdge(rates=Rates(1, 0))
    records = request(*[record("paid")] * 10).SerializeToString()
    await sent(edge, records)

    reply = await sent(edge, records)

    assert reply.status == 429
    assert reply.headers["retry-after"].isdigit()
    assert status_of(reply).message.startswith("rate_limited")


def test_a_body_that_comes_too_slowly_may_be_sent_again() -> None:
    asked = Request("POST", "/v1/logs", PROTOBUF)

    answer = OTLP.refused(TooSlow("request_timeout", "Too slow."), asked)

    assert answer.status in RETRYABLE
    assert answer.closes
    assert answer.headers["Retry-After"].isdigit()


def test_a_bug_of_ours_is_not_sent_again_and_again() -> None:
    asked = Request("POST", "/v1/logs", PROTOBUF)

    assert OTLP.refused(Broken("internal_error", "A bug."), asked).status == 500


async def test_a_missing_token_is_said_in_a_status(edge: FakeEdge) -> None:
    reply = await post(edge, BODY, PROTOBUF, token=None, path="/v1/logs")

    assert reply.status == 401
    assert status_of(reply).code == 16


async def test_the_same_key_and_body_name_the_same_request(edge: FakeEdge) -> None:
    await sent(edge, BODY, idempotency_key="batch-1")
    await sent(edge, BODY, idempotency_key="batch-1")

    first, second = (headers for _, _, headers in edge.kafka.sent)
    assert first == second
    assert first is not None


async def test_debug_shows_entries_and_stores_none(edge: FakeEdge) -> None:
    reply = await post(edge, BODY, PROTOBUF, path="/v1/logs?debug=1")

    assert reply.status == 200
    assert [one["message"] for one in reply.json["entries"]] == ["paid"]
    assert edge.kafka.sent == []


async def test_one_source_stays_in_one_partition(edge: FakeEdge) -> None:
    named = {"service.name": "shop", "service.instance.id": "i-7", "host.name": "h"}

    await sent(edge, request(record("a"), resource=named).SerializeToString())

    assert [key for _, key, _ in edge.kafka.sent] == [b"shop/i-7"]
