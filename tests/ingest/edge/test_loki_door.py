"""POST /loki/api/v1/push answers as Loki does."""

from __future__ import annotations

import gzip

import pytest
from cramjam import snappy

from ingest.edge.doors import LOKI
from ingest.edge.doors.door import Request
from ingest.edge.doors.loki import MAX_NAMED
from ingest.edge.receipts import decode
from ingest.entry import MAX_BODY_BYTES
from ingest.errors import TooSlow
from tests.ingest.edge.senders import SECRET, FakeEdge, Reply, post
from tests.ingest.formats.test_loki import push

PATH = "/loki/api/v1/push"
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
TEXT = b'{"streams": [{"stream": {"app": "shop"}, "values": [["1", "paid"]]}]}'


def packed(body: bytes) -> bytes:
    return bytes(snappy.compress_raw(body))


@pytest.fixture
def edge() -> FakeEdge:
    return FakeEdge()


async def sent(edge: FakeEdge, body: bytes, **headers: str) -> Reply:
    named = PROTOBUF | {name.replace("_", "-"): text for name, text in headers.items()}
    return await post(edge, body, named, path=PATH)


async def test_it_accepts_a_push_and_answers_204_without_a_body(edge: FakeEdge) -> None:
    reply = await sent(edge, packed(push("paid", "shipped")))

    assert (reply.status, reply.body) == (204, b"")
    assert "content-length" not in reply.headers
    assert [one["message"] for one in edge.kafka.values] == ["paid", "shipped"]
    assert edge.kafka.values[0]["service"] == "shop"


async def test_its_receipt_is_in_a_header(edge: FakeEdge) -> None:
    reply = await sent(edge, packed(push("paid")))

    receipt = decode(reply.headers["x-logsite-receipt"], SECRET)
    assert [run.count for run in receipt.runs] == [1]


@pytest.mark.parametrize("encoding", ["", "identity", "snappy", "Snappy"])
async def test_snappy_may_be_named_or_not(edge: FakeEdge, encoding: str) -> None:
    reply = await sent(edge, packed(push("paid")), content_encoding=encoding)

    assert reply.status == 204


async def test_json_may_be_in_gzip(edge: FakeEdge) -> None:
    headers = JSON | {"content-encoding": "gzip"}

    reply = await post(edge, gzip.compress(TEXT), headers, path=PATH)

    assert (reply.status, len(edge.kafka.sent)) == (204, 1)


async def test_a_push_may_be_in_gzip_as_well(edge: FakeEdge) -> None:
    body = gzip.compress(packed(push("paid")))

    assert (await sent(edge, body, content_encoding="gzip")).status == 204


async def test_bad_lines_are_named_and_the_others_stored(edge: FakeEdge) -> None:
    reply = await sent(edge, packed(push("a", "b", labels="{oops}") + push("c")))

    assert reply.status == 400
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.body.startswith(b"2 of 3 lines were rejected, the others are stored; ")
    assert b"line 0: bad_labels: " in reply.body
    assert reply.body.endswith(b"\n")
    assert reply.headers["x-logsite-rejected"] == "2"
    assert "x-logsite-receipt" in reply.headers
    assert [one["message"] for one in edge.kafka.values] == ["c"]


async def test_it_names_some_of_many_bad_lines(edge: FakeEdge) -> None:
    lines = ["a"] * (MAX_NAMED + 7)

    reply = await sent(edge, packed(push(*lines, labels="{oops}")))

    assert reply.body.endswith(b"; and 7 more\n")


async def test_empty_lines_are_passed_over_and_counted(edge: FakeEdge) -> None:
    reply = await sent(edge, packed(push("a", "", "b")))

    assert (reply.status, reply.headers["x-logsite-rejected"]) == (204, "1")
    assert len(edge.kafka.sent) == 2


async def test_a_request_without_streams_is_422(edge: FakeEdge) -> None:
    reply = await sent(edge, packed(b""))

    assert reply.status == 422
    assert reply.body.startswith(b"no_streams: ")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff" * 11,
        b"not packed at all",
        packed(push("paid"))[:-2],
        packed(push("paid")[:-2]),
        packed(b'{"streams": []}'),
        TEXT,
    ],
)
async def test_what_is_no_push_is_400_in_words(edge: FakeEdge, body: bytes) -> None:
    reply = await sent(edge, body)

    assert reply.status == 400
    assert reply.body.startswith(b"unreadable_body: ")


async def test_a_snappy_bomb_is_refused_unpacked(edge: FakeEdge) -> None:
    reply = await sent(edge, packed(bytes(MAX_BODY_BYTES + 1)))

    assert reply.status == 413
    assert reply.body.startswith(b"body_too_large")


async def test_a_forged_length_takes_no_memory(edge: FakeEdge) -> None:
    four_gb = b"\xff\xff\xff\xff\x0f"

    reply = await sent(edge, four_gb + packed(push("paid")))

    assert reply.status == 413


async def test_snappy_in_gzip_is_no_way_around_the_limit(edge: FakeEdge) -> None:
    body = gzip.compress(packed(bytes(MAX_BODY_BYTES + 1)))

    assert (await sent(edge, body, content_encoding="gzip")).status == 413


async def test_a_form_is_refused(edge: FakeEdge) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    reply = await post(edge, TEXT, form, path=PATH)

    assert reply.status == 415
    assert b"Send application/json or application/x-protobuf." in reply.body


async def test_while_kafka_is_away_it_asks_to_come_again(edge: FakeEdge) -> None:
    edge.kafka.away = True

    reply = await sent(edge, packed(push("paid")))

    assert reply.status == 503
    assert reply.headers["retry-after"].isdigit()
    assert reply.body.startswith(b"brokers_unavailable: ")


def test_a_body_that_comes_too_slowly_may_be_sent_again() -> None:
    asked = Request("POST", PATH, PROTOBUF)

    answer = LOKI.refused(TooSlow("request_timeout", "Too slow."), asked)

    assert answer.status == 503
    assert answer.headers["Retry-After"].isdigit()


async def test_debug_shows_entries_and_stores_none(edge: FakeEdge) -> None:
    reply = await post(edge, packed(push("a", "")), PROTOBUF, path=f"{PATH}?debug=1")

    assert reply.status == 200
    assert [one["message"] for one in reply.json["entries"]] == ["a"]
    assert [one["code"] for one in reply.json["results"]] == ["no_message"]
    assert edge.kafka.sent == []
