"""The bare edge and the API's route give the same answer to the same request."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import zstandard
from django.core.asgi import get_asgi_application

from ingest.edge.app import EdgeApp
from ingest.edge.delivery import Delivery
from ingest.edge.intake import Intake
from ingest.edge.receipts import decode
from ingest.entry import MAX_BODY_BYTES, MAX_ENTRY_BYTES
from logsite.api import api
from tests.ingest.edge.senders import (
    SECRET,
    FakeIdentity,
    FakeProducer,
    Reply,
    post,
    tokens,
)

LINE = json.dumps(
    {
        "timestamp": "2026-03-01T11:59:58.5Z",
        "level": "WARN",
        "service": "billing",
        "message": "card declined",
        "metadata": {"host": "web-1"},
    }
).encode()
NDJSON = b"\n".join([LINE, b"{}", LINE.replace(b"WARN", b"warning")])
DEEP = b'{"message": "a", "metadata": ' + b"[" * 50 + b"]" * 50 + b"}"


@dataclass(frozen=True)
class Case:
    """One request and the status of its answer."""

    status: int
    body: bytes = LINE
    headers: tuple[tuple[str, str], ...] = ()
    token: str | None = "alice"


CASES = {
    "one object": Case(202),
    "an array": Case(202, b"[" + LINE + b"," + LINE + b"]"),
    "lines": Case(202, NDJSON),
    "lines with CRLF and BOM": Case(
        202, b"\xef\xbb\xbf" + NDJSON.replace(b"\n", b"\r\n")
    ),
    "a form's content type": Case(
        202, headers=(("content-type", "application/x-www-form-urlencoded"),)
    ),
    "ndjson": Case(202, NDJSON, (("content-type", "application/x-ndjson"),)),
    "gzip": Case(202, gzip.compress(NDJSON), (("content-encoding", "gzip"),)),
    "zstd": Case(202, zstandard.compress(NDJSON), (("content-encoding", "zstd"),)),
    "a key": Case(202, NDJSON, (("idempotency-key", "batch-1"),)),
    "3 MB": Case(202, b"\n".join([LINE] * 20_000)),
    "bob's own service": Case(202, token="bob"),
    "a service that bob may not write": Case(
        400, LINE.replace(b"billing", b"payroll"), token="bob"
    ),
    "nothing acceptable": Case(400, b"[{}, 1, null]"),
    "empty": Case(400, b""),
    "no JSON": Case(400, b'{"message": oops}'),
    "a broken array": Case(400, b"[" + LINE),
    "invalid UTF-8": Case(400, b'{"message": "\xff"}'),
    "not finite": Case(400, b'{"message": "a", "n": 1e999}'),
    "too deep": Case(400, DEEP),
    "a large entry": Case(400, b'{"message": "' + b"a" * MAX_ENTRY_BYTES + b'"}'),
    "a key that is too long": Case(400, headers=(("idempotency-key", "k" * 256),)),
    "bad gzip": Case(400, b"no", (("content-encoding", "gzip"),)),
    "cut gzip": Case(400, gzip.compress(LINE)[:-3], (("content-encoding", "gzip"),)),
    "no token": Case(401, token=None),
    "an unknown token": Case(401, token="mallory"),
    "a reader's token": Case(403, token="charlie"),
    "a body over 16 MB": Case(413, b"x" * (MAX_BODY_BYTES + 1)),
    "a bomb": Case(
        413, gzip.compress(bytes(20 * 1024 * 1024), 1), (("content-encoding", "gzip"),)
    ),
    "too many entries": Case(413, b"1\n" * 100_002),
    "an unknown encoding": Case(415, headers=(("content-encoding", "br"),)),
    "an image": Case(415, headers=(("content-type", "image/png"),)),
    "UTF-16": Case(
        415, headers=(("content-type", "application/json; charset=utf-16"),)
    ),
}
# Of a Connection header Django knows nothing; lengths differ with the receipt's.
COMPARED = ("content-type", "x-content-type-options", "www-authenticate")


@pytest.fixture
async def edge(kafka_brokers: str, topic: str) -> AsyncIterator[EdgeApp]:
    app = EdgeApp(kafka_brokers, topic, tokens(), SECRET)
    await app.start()
    yield app
    await app.stop()


def without_receipt(reply: Reply) -> dict[str, Any]:
    """The body, with the receipt's meaning in the place of its text."""
    body = reply.json
    if body.get("receipt"):
        runs = decode(body["receipt"], SECRET).runs
        body["receipt"] = sum(run.count for run in runs)
    return body


async def asked(app: Callable[..., Any], case: Case) -> Reply:
    return await post(app, case.body, dict(case.headers), case.token)


@pytest.mark.parts
@pytest.mark.parametrize("name", CASES)
async def test_edge_and_route_answer_the_same(edge: EdgeApp, name: str) -> None:
    case = CASES[name]

    bare = await asked(edge, case)
    route = await asked(get_asgi_application(), case)

    assert bare.status == route.status == case.status
    assert without_receipt(bare) == without_receipt(route)
    for header in COMPARED:
        assert bare.headers.get(header) == route.headers.get(header)


async def test_both_answer_503_when_brokers_are_away() -> None:
    edge = EdgeApp("127.0.0.1:1", "logs", tokens(), SECRET)
    await edge.start()
    kafka = FakeProducer()
    kafka.away = True
    edge.intake = Intake(Delivery(kafka), FakeIdentity(), tokens(), SECRET)
    try:
        await asked(edge, Case(503))  # opens the circuit
        bare = await asked(edge, Case(503))
        route = await asked(get_asgi_application(), Case(503))
    finally:
        await edge.stop()

    assert kafka.asked == 1
    assert bare.status == route.status == 503
    assert bare.json == route.json
    assert bare.headers["retry-after"].isdigit()
    assert route.headers["retry-after"].isdigit()


async def test_the_route_answers_503_in_a_process_without_a_producer() -> None:
    route = await asked(get_asgi_application(), Case(503))

    assert (route.status, route.code) == (503, "brokers_unavailable")


def test_the_route_is_in_the_openapi_document() -> None:
    post_logs = api.get_openapi_schema()["paths"]["/api/logs"]["post"]

    content = post_logs["requestBody"]["content"]
    assert content.keys() == {"application/json", "application/x-ndjson"}
    assert {"202", "400", "401", "403", "408", "413", "415", "503"} <= {
        str(status) for status in post_logs["responses"]
    }
