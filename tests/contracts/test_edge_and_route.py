"""The bare edge and the API's routes give the same answers at every door."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import pytest
from django.core.asgi import get_asgi_application

from ingest.edge.app import EdgeApp
from ingest.edge.delivery import Delivery
from ingest.edge.doors import DOORS
from ingest.edge.doors.door import RECEIPT_HEADER
from ingest.edge.intake import Intake
from ingest.edge.receipts import decode
from logsite.api import api
from tests.contracts import bulk, logs, loki, otlp, syslog
from tests.contracts.case import Case
from tests.ingest.edge.senders import (
    SECRET,
    FakeIdentity,
    FakeProducer,
    Reply,
    post,
    tokens,
)

# Every door has its cases here.
PROTOCOLS: Final = {
    "logs": logs.CASES,
    "otlp": otlp.CASES,
    "loki": loki.CASES,
    "syslog": syslog.CASES,
    "bulk": bulk.CASES,
}
CASES: Final = {
    f"{protocol}: {name}": case
    for protocol, cases in PROTOCOLS.items()
    for name, case in cases.items()
}
# Of a Connection header Django knows nothing; lengths differ with the receipt's.
COMPARED = ("content-type", "x-content-type-options", "www-authenticate")


@pytest.fixture
async def edge(kafka_brokers: str, topic: str) -> AsyncIterator[EdgeApp]:
    app = EdgeApp(kafka_brokers, topic, tokens(), SECRET)
    await app.start()
    yield app
    await app.stop()


def comparable(reply: Reply) -> tuple[Any, int]:
    """The body without receipt and duration, and how many entries were received."""
    text, body = reply.headers.get(RECEIPT_HEADER.lower(), ""), reply.body
    if b'"receipt":"' in body:
        text = reply.json["receipt"]
        body = body.replace(text.encode(), b"")
    runs = decode(text, SECRET).runs if text else ()
    body = re.sub(rb'"took":\d+', b"", body)
    return body, sum(run.count for run in runs)


async def asked(app: Callable[..., Any], case: Case) -> Reply:
    headers = dict(case.headers)
    return await post(app, case.body, headers, case.token, path=case.path)


@pytest.mark.parts
@pytest.mark.parametrize("name", CASES)
async def test_edge_and_route_answer_the_same(edge: EdgeApp, name: str) -> None:
    case = CASES[name]

    bare = await asked(edge, case)
    route = await asked(get_asgi_application(), case)

    assert bare.status == route.status == case.status
    assert comparable(bare) == comparable(route)
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


def test_every_door_has_its_cases() -> None:
    tried = {name.partition(":")[0] for name in CASES}

    assert tried == {door.name for door in DOORS}


def test_every_path_of_a_door_is_in_the_openapi_document() -> None:
    paths = api.get_openapi_schema()["paths"]

    assert all("post" in paths[path] for door in DOORS for path in door.paths)


def test_the_route_is_in_the_openapi_document() -> None:
    post_logs = api.get_openapi_schema()["paths"]["/api/logs"]["post"]

    content = post_logs["requestBody"]["content"]
    assert content.keys() == {"application/json", "application/x-ndjson"}
    assert {"202", "400", "401", "403", "408", "413", "415", "503"} <= {
        str(status) for status in post_logs["responses"]
    }
