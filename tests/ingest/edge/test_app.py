"""POST /api/logs as a sender sees it, with Kafka and the token table played."""

from __future__ import annotations

import gzip
import json
import logging
from typing import Any

import pytest
import zstandard

from ingest.edge import intake
from ingest.edge.circuit import OPEN_S
from ingest.edge.rates import Rates
from ingest.edge.receipts import decode
from ingest.edge.uses import sender
from ingest.entry import MAX_BODY_BYTES, request_hash
from tests.ingest.edge.senders import (
    SECRET,
    FakeEdge,
    Reply,
    post,
    scope_of,
)

ENTRY = {
    "timestamp": "2026-03-01T11:59:58.5Z",
    "level": "WARN",
    "service": "billing",
    "message": "card declined",
}
LINE = json.dumps(ENTRY).encode()


@pytest.fixture
def edge() -> FakeEdge:
    return FakeEdge()


async def test_it_accepts_an_entry_and_hands_it_on_byte_for_byte(
    edge: FakeEdge,
) -> None:
    reply = await post(edge, LINE)

    assert reply.status == 202
    assert reply.json["accepted"] == 1
    assert reply.json["rejected"] == 0
    assert reply.json["results"] == []
    assert edge.kafka.sent == [(LINE, b"billing/1", None)]


async def test_it_answers_in_json_that_no_browser_sniffs(edge: FakeEdge) -> None:
    reply = await post(edge, LINE)

    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-length"] == str(len(reply.body))


async def test_its_receipt_names_where_the_entries_are(edge: FakeEdge) -> None:
    await post(edge, LINE)
    reply = await post(edge, LINE + b"\n" + LINE)

    receipt = decode(reply.json["receipt"], SECRET)

    assert receipt.topic_id == bytes(range(16))
    assert [(r.partition, r.first, r.count) for r in receipt.runs] == [(0, 1, 2)]


async def test_it_names_rejected_entries_by_index_and_accepts_the_others(
    edge: FakeEdge,
) -> None:
    reply = await post(edge, LINE + b"\n{}\n" + LINE)

    assert reply.status == 202
    assert (reply.json["accepted"], reply.json["rejected"]) == (2, 1)
    assert reply.json["results"] == [
        {
            "index": 1,
            "status": "rejected",
            "code": "no_message",
            "error": "An entry needs a message that is not empty.",
        }
    ]


async def test_it_answers_400_in_the_same_shape_when_nothing_is_accepted(
    edge: FakeEdge,
) -> None:
    reply = await post(edge, b"[{}, 1]")

    assert reply.status == 400
    assert reply.json["receipt"] is None
    assert (reply.json["accepted"], reply.json["rejected"]) == (0, 2)
    assert [r["code"] for r in reply.json["results"]] == ["no_message", "not_an_object"]
    assert edge.kafka.asked == 0


async def test_it_says_where_a_body_is_no_json(edge: FakeEdge) -> None:
    reply = await post(edge, b'{"message": oops}')

    assert (reply.status, reply.code) == (400, "unreadable_body")
    assert "line 1 column 13 (byte 12)" in reply.json["error"]["message"]


async def test_it_refuses_a_body_without_entries(edge: FakeEdge) -> None:
    reply = await post(edge, b"")

    assert (reply.status, reply.code) == (400, "no_entries")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_it_unpacks_bodies(edge: FakeEdge, encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zstandard.compress

    reply = await post(edge, pack(LINE), {"content-encoding": encoding})

    assert reply.status == 202
    assert edge.kafka.values == [ENTRY]


async def test_it_reads_long_bodies_too(edge: FakeEdge) -> None:
    lines = b"\n".join([LINE] * 20_000)

    reply = await post(edge, gzip.compress(lines, 1), {"content-encoding": "gzip"})

    assert reply.json["accepted"] == 20_000


async def test_it_closes_the_connection_on_a_body_that_is_too_long(
    edge: FakeEdge,
) -> None:
    reply = await post(edge, [bytes(MAX_BODY_BYTES), b"x", b"never read"])

    assert (reply.status, reply.code) == (413, "body_too_large")
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content-encoding": "br"}, 415, "unknown_encoding"),
        ({"content-type": "image/png"}, 415, "unsupported_media_type"),
        ({"content-length": str(MAX_BODY_BYTES + 1)}, 413, "body_too_large"),
        ({"idempotency-key": "k" * 256}, 400, "bad_idempotency_key"),
        ({"authorization": "Basic x"}, 401, "missing_token"),
        ({"authorization": "Bearer mallory"}, 401, "unknown_token"),
        ({"authorization": "Bearer charlie"}, 403, "scope_missing"),
    ],
)
async def test_it_refuses_requests_by_their_headers(
    edge: FakeEdge, headers: dict[str, str], status: int, code: str
) -> None:
    reply = await post(edge, LINE, headers)

    assert (reply.status, reply.code) == (status, code)
    assert reply.json["error"].keys() == {"code", "message", "hint"}
    assert edge.kafka.asked == 0


async def test_it_says_how_to_authenticate(edge: FakeEdge) -> None:
    assert (await post(edge, LINE, token=None)).headers["www-authenticate"] == "Bearer"


async def test_it_takes_only_post(edge: FakeEdge) -> None:
    reply = await post(edge, b"", method="GET")

    assert (reply.status, reply.headers["allow"]) == (405, "POST")


async def test_it_answers_only_to_its_own_names() -> None:
    edge = FakeEdge(is_allowed_host=lambda host: host == "logs.example.com:8000")

    good = await post(edge, LINE, {"host": "logs.example.com:8000"})
    bad = await post(edge, LINE, {"host": "evil.example.com"})

    assert good.status == 202
    assert (bad.status, bad.code) == (400, "unknown_host")


async def test_bob_may_write_only_his_service(edge: FakeEdge) -> None:
    other = json.dumps(ENTRY | {"service": "payroll"}).encode()

    reply = await post(
        edge, b"\n".join([LINE, other, b"{}", b'{"message":"x"}']), token="bob"
    )

    assert (reply.status, reply.json["accepted"]) == (202, 2)
    codes = {r["index"]: r["code"] for r in reply.json["results"]}
    assert codes == {1: "service_not_allowed", 2: "no_message"}
    assert [value["service"] for value in edge.kafka.values] == ["billing", "billing"]


async def test_it_answers_400_when_bob_may_write_none_of_them(edge: FakeEdge) -> None:
    other = json.dumps(ENTRY | {"service": "payroll"}).encode()

    reply = await post(edge, other, token="bob")

    assert (reply.status, reply.json["accepted"]) == (400, 0)
    assert edge.kafka.asked == 0


async def test_it_keeps_one_source_in_one_partition(edge: FakeEdge) -> None:
    lines = [
        json.dumps(ENTRY | {"metadata": metadata}).encode()
        for metadata in ({"host": "a"}, {"pod": "p", "host": "b"}, {"instance": 7}, {})
    ]

    await post(edge, b"\n".join(lines))

    keys = [key for _, key, _ in edge.kafka.sent]
    assert keys == [b"billing/a", b"billing/b", b"billing/7", b"billing/1"]


async def test_it_names_each_entry_of_a_request_with_a_key(edge: FakeEdge) -> None:
    body = LINE + b"\n{}\n" + LINE

    await post(edge, body, {"idempotency-key": "batch-1"})

    named = request_hash(SECRET, "1", "batch-1", body)
    assert [headers for _, _, headers in edge.kafka.sent] == [
        {"request": named + bytes([0, 0, 0, 0])},
        {"request": named + bytes([0, 0, 0, 2])},
    ]


async def test_it_names_a_request_by_its_unpacked_body(edge: FakeEdge) -> None:
    key = {"idempotency-key": "batch-1"}

    await post(edge, LINE, key)
    await post(edge, gzip.compress(LINE), key | {"content-encoding": "gzip"})
    await post(edge, LINE, key, token="bob")

    first, second, other = (headers for _, _, headers in edge.kafka.sent)
    assert first == second
    assert first != other


async def test_it_claims_nothing_when_kafka_does_not_acknowledge(
    edge: FakeEdge,
) -> None:
    edge.kafka.away = True

    reply = await post(edge, LINE)

    assert (reply.status, reply.code) == (503, "brokers_unavailable")
    assert 2 <= int(reply.headers["retry-after"]) < 6
    assert "accepted" not in reply.json


async def test_it_refuses_at_once_for_a_while_and_recovers_by_itself(
    edge: FakeEdge,
) -> None:
    edge.kafka.away = True
    await post(edge, LINE)

    during = await post(edge, LINE)
    edge.kafka.away = False
    edge.now += OPEN_S
    after = await post(edge, LINE)

    assert during.status == 503
    assert edge.kafka.asked == 2
    assert after.status == 202


async def test_a_token_over_its_rate_gets_429_and_others_do_not() -> None:
    edge = FakeEdge(rates=Rates(entries=1, bytes=0))

    first = await post(edge, b"\n".join([LINE] * 5))
    second = await post(edge, LINE)
    bob = await post(edge, LINE, token="bob")
    edge.now += int(second.headers["retry-after"])
    third = await post(edge, LINE)

    assert [r.status for r in (first, second, bob, third)] == [202, 429, 202, 202]
    assert (second.code, second.headers["retry-after"]) == ("rate_limited", "4")


async def test_a_token_that_used_up_its_day_gets_429_and_others_do_not() -> None:
    edge = FakeEdge(rates=Rates(bytes_per_day=len(LINE)))

    first = await post(edge, LINE)
    second = await post(edge, LINE)
    bob = await post(edge, LINE, token="bob")

    assert [r.status for r in (first, second, bob)] == [202, 429, 202]
    assert second.code == "quota_exceeded"
    assert 1 <= int(second.headers["retry-after"]) <= 3600


async def test_a_request_that_is_refused_costs_nothing_of_the_day() -> None:
    edge = FakeEdge(rates=Rates(bytes_per_day=len(LINE)))
    edge.kafka.away = True

    away = await post(edge, LINE)
    edge.kafka.away = False
    edge.now += OPEN_S
    bad = await post(edge, b'{"level": "info"}')
    good = await post(edge, LINE)

    assert [r.status for r in (away, bad, good)] == [503, 400, 202]


async def test_it_remembers_who_uses_a_token(edge: FakeEdge) -> None:
    await post(edge, b"oops", {"user-agent": "Fluent-Bit v4"})

    (use,) = edge.uses.take_changed().values()
    assert list(use.senders) == [sender("127.0.0.1", "Fluent-Bit v4")]
    assert use.entries == 0


async def test_a_stranger_cannot_say_that_it_comes_from_elsewhere(
    edge: FakeEdge,
) -> None:
    await post(edge, LINE, {"x-forwarded-for": "198.51.100.1"})

    (use,) = edge.uses.take_changed().values()
    assert [one.address for one in use.senders] == ["127.0.0.1"]


async def test_nobody_is_remembered_who_was_not_let_in(edge: FakeEdge) -> None:
    await post(edge, LINE, token="nobody")
    await post(edge, LINE, token="charlie")

    assert edge.uses.take_changed() == {}


async def test_a_bad_body_does_not_use_up_the_probe(
    edge: FakeEdge,
) -> None:
    edge.kafka.away = True
    await post(edge, LINE)
    edge.kafka.away = False
    edge.now += OPEN_S

    assert (await post(edge, b"oops")).status == 400
    assert (await post(edge, LINE)).status == 202


async def test_it_answers_nothing_when_the_client_is_gone(edge: FakeEdge) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await edge(scope_of({"authorization": "Bearer alice"}), receive, send)

    assert sent == []
    assert edge.kafka.asked == 0


async def test_it_answers_500_and_logs_when_it_is_at_fault(
    edge: FakeEdge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(intake, "messages_of", fail)

    reply: Reply = await post(edge, LINE)

    assert (reply.status, reply.code) == (500, "internal_error")
    assert "a bug" not in reply.body.decode()
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == [
        "ingest.request.failed"
    ]
