"""Elasticsearch's `_bulk` as a sender sees it, with Kafka and the tokens played."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from ingest.edge.rates import Rates
from tests.ingest.edge.senders import FakeEdge, Reply, post

ACTION = b'{"create":{"_index":"web"}}\n'
NAMED = b'{"index":{"_index":"web","_id":"7"}}\n'
CREATED = b'{"create":{"_index":"web","_id":"7"}}\n'
MOVED = b'{"message":"a","@timestamp":"2026-03-01T11:59:58Z"}\n'
DOCUMENT = b'{"@timestamp":"2026-03-01T11:59:58Z","message":"a"}\n'
PATH = "/elasticsearch/_bulk"


@pytest.fixture
def edge() -> FakeEdge:
    return FakeEdge()


async def sent(edge: FakeEdge, body: bytes, path: str = PATH, **more: Any) -> Reply:
    return await post(edge, body, path=path, **more)


async def test_it_answers_for_every_item_in_order(edge: FakeEdge) -> None:
    body = NAMED + DOCUMENT + ACTION + b"{\n" + NAMED + DOCUMENT

    reply = await sent(edge, body)

    assert reply.status == 200
    assert reply.json["errors"] is True
    assert reply.headers["x-elastic-product"] == "Elasticsearch"
    created = {"_version": 1, "status": 201, "result": "created"}
    first, second, third = reply.json["items"]
    assert first == third == {"index": {"_index": "web", "_id": "7", **created}}
    assert second["create"]["status"] == 400
    assert second["create"]["error"]["type"] == "invalid_json"
    assert second["create"]["error"]["reason"].startswith("Not JSON")


async def test_it_says_no_errors_in_the_bytes_that_fluent_bit_looks_for(
    edge: FakeEdge,
) -> None:
    reply = await sent(edge, ACTION + DOCUMENT)

    assert b'"errors":false,"items":[' in reply.body


async def test_it_makes_up_a_name_for_each_document_without_one(edge: FakeEdge) -> None:
    reply = await sent(edge, (ACTION + DOCUMENT) * 3)

    assert len({item["create"]["_id"] for item in reply.json["items"]}) == 3


async def test_it_puts_what_names_no_index_into_that_of_the_path(
    edge: FakeEdge,
) -> None:
    body = b'{"create":{}}\n' + DOCUMENT

    by_path = await sent(edge, body, "/elasticsearch/app/_bulk", method="PUT")
    nowhere = await sent(edge, body)

    assert by_path.json["items"][0]["create"]["_index"] == "app"
    assert nowhere.json["items"][0]["create"]["_index"] == "logsite"
    assert edge.kafka.values[0]["metadata"] == {"index": "app"}


async def test_it_gives_the_receipt_in_a_header(edge: FakeEdge) -> None:
    reply = await sent(edge, ACTION + DOCUMENT)

    assert reply.headers["x-logsite-receipt"]


async def test_it_ignores_parameters_that_it_does_not_know(edge: FakeEdge) -> None:
    path = f"{PATH}?filter_path=items.*.error&refresh=true&_source=false&pipeline=x"

    reply = await sent(edge, ACTION + DOCUMENT, path)

    assert reply.json["items"][0]["create"]["status"] == 201


async def test_it_stores_nothing_of_a_body_with_a_bad_action(edge: FakeEdge) -> None:
    reply = await sent(edge, ACTION + DOCUMENT + b"oops\n" + DOCUMENT)

    assert (reply.status, reply.code) == (400, "malformed_action")
    assert reply.json["status"] == 400
    assert "line [3]" in reply.json["error"]["reason"]
    assert reply.json["error"]["root_cause"][0]["type"] == "illegal_argument_exception"
    assert edge.kafka.sent == []


async def test_it_answers_503_for_the_whole_while_kafka_is_away(
    edge: FakeEdge,
) -> None:
    edge.kafka.away = True

    reply = await sent(edge, (ACTION + DOCUMENT) * 3)

    assert reply.status == reply.json["status"] == 503
    assert reply.json["error"]["type"] == "unavailable_shards_exception"
    assert reply.headers["retry-after"].isdigit()


async def test_it_answers_429_to_who_sends_too_much() -> None:
    edge = FakeEdge(rates=Rates(entries=1, bytes=0))
    await sent(edge, (ACTION + DOCUMENT) * 50)

    reply = await sent(edge, ACTION + DOCUMENT)

    assert reply.status == reply.json["status"] == 429
    assert reply.json["error"]["type"] == "es_rejected_execution_exception"
    assert reply.headers["retry-after"].isdigit()


async def test_it_rejects_services_of_others_item_by_item(edge: FakeEdge) -> None:
    body = ACTION + b'{"message":"a","service":"x"}\n' + ACTION + DOCUMENT

    reply = await sent(edge, body, token="bob")

    theirs, own = (item["create"] for item in reply.json["items"])
    assert (theirs["status"], theirs["error"]["type"]) == (400, "service_not_allowed")
    assert own["status"] == 201


async def test_it_asks_for_a_token_in_all_ways_that_it_takes_one(
    edge: FakeEdge,
) -> None:
    basic = {"authorization": "Basic " + b64encode(b"agent:alice").decode()}

    refused = await sent(edge, ACTION + DOCUMENT, token=None)
    taken = await sent(edge, ACTION + DOCUMENT, headers=basic)

    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert refused.json["error"]["type"] == "security_exception"
    assert taken.status == 200


async def keys_of(edge: FakeEdge, body: bytes, path: str = PATH) -> list[Any]:
    before = len(edge.kafka.sent)
    await sent(edge, body, path)
    return [(headers or {}).get("request") for *_, headers in edge.kafka.sent[before:]]


async def test_documents_created_under_the_same_names_are_one_request(
    edge: FakeEdge,
) -> None:
    body = CREATED + DOCUMENT + CREATED.replace(b"7", b"8") + DOCUMENT
    members_moved = body.replace(DOCUMENT, MOVED)

    first, again = await keys_of(edge, body), await keys_of(edge, members_moved)
    other = await keys_of(edge, CREATED + DOCUMENT)

    assert first == again
    assert len({*first, *other}) == 3
    assert None not in first


async def test_documents_without_a_name_or_overwritten_have_no_key(
    edge: FakeEdge,
) -> None:
    assert await keys_of(edge, CREATED + DOCUMENT + ACTION + DOCUMENT) == [None, None]
    assert await keys_of(edge, NAMED + DOCUMENT) == [None]


async def test_debug_shows_what_would_be_stored(edge: FakeEdge) -> None:
    reply = await sent(edge, ACTION + DOCUMENT, f"{PATH}?debug=1")

    (entry,) = reply.json["entries"]
    assert entry["message"] == "a"
    assert edge.kafka.sent == []


@pytest.mark.parametrize(
    "path",
    [
        *(
            "_license",
            "_xpack",
            "_cluster/health",
            "_cluster/health/web",
            "_nodes/http",
        ),
        *("_ilm/policy", "_ilm/policy/logs", "_index_template/logs", "_template/logs"),
        *(
            "_data_stream/logs",
            "_component_template/a",
            "_ingest/pipeline/p",
            "_alias/a",
        ),
        *("web", "web/_alias/logs", "web/_mapping"),
    ],
)
async def test_it_has_whatever_a_sender_asks_for(edge: FakeEdge, path: str) -> None:
    reply = await sent(edge, b"", f"/elasticsearch/{path}", method="GET")

    assert reply.status == 200
    assert reply.headers["x-elastic-product"] == "Elasticsearch"
    assert isinstance(reply.json, dict)


@pytest.mark.parametrize("path", ["/elasticsearch", "/elasticsearch/"])
async def test_it_says_that_it_is_elasticsearch_8(edge: FakeEdge, path: str) -> None:
    reply = await sent(edge, b"", path, method="GET")

    assert reply.json["version"]["number"].startswith("8.")
    assert reply.json["version"]["build_flavor"] == "default"
    assert reply.json["tagline"] == "You Know, for Search"


async def test_it_shows_its_health_as_rsyslog_asks_for_it(edge: FakeEdge) -> None:
    reply = await sent(edge, b"", "/elasticsearch/_cat/health", method="GET")

    assert reply.status == 200
    assert b" green " in reply.body


@pytest.mark.parametrize(
    "path", ["_ilm/policy/logs", "_index_template/logs", "web", "web/_mapping"]
)
async def test_it_acknowledges_what_a_sender_puts(edge: FakeEdge, path: str) -> None:
    reply = await sent(edge, b"{}", f"/elasticsearch/{path}", method="PUT")

    assert reply.json["acknowledged"] is True
    assert edge.kafka.sent == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "web/_doc"), ("PUT", "web/_doc/7"), ("PUT", "web/_create/7")),
        *(("POST", "web/_update/7"), ("POST", "_search"), ("GET", "web/_search")),
        *(("GET", "_cat/indices"), ("POST", "")),
    ],
)
async def test_it_acknowledges_no_document_that_it_does_not_take(
    edge: FakeEdge, method: str, path: str
) -> None:
    reply = await sent(edge, DOCUMENT, f"/elasticsearch/{path}", method=method)

    assert reply.status == reply.json["status"] == 404
    assert "no handler" in reply.json["error"]["reason"]


async def test_it_answers_no_question_of_a_stranger(edge: FakeEdge) -> None:
    for token, status in ((None, 401), ("mallory", 401), ("charlie", 403)):
        reply = await sent(edge, b"", "/elasticsearch/", method="GET", token=token)

        assert reply.status == reply.json["status"] == status


async def test_it_takes_no_bulk_request_by_get(edge: FakeEdge) -> None:
    reply = await sent(edge, b"", PATH, method="GET")

    assert reply.status == 405
    assert reply.headers["allow"] == "POST, PUT"


async def test_it_hands_an_entry_on_with_its_host_as_instance(edge: FakeEdge) -> None:
    document = {"message": "a", "host": {"name": "pay-2"}, "service.name": "billing"}

    await sent(edge, ACTION + json.dumps(document).encode())

    assert [key for _, key, _ in edge.kafka.sent] == [b"billing/pay-2"]
