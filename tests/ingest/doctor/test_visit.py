"""What the doctor says of a site that is well, half away, or not there at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ingest.doctor import visit
from ingest.doctor.canaries import Canary
from ingest.doctor.report import as_object
from ingest.doctor.visit import Doctor, Finding, after_ms

CANARY = Canary("logs", "/api/logs", "application/json", b"{}")
ENTRY = {
    "fate": "stored",
    "appended": "2026-03-01T12:00:00.105Z",
    "visible": "2026-03-01T12:00:00.400Z",
}
STORED = {
    "read": "2026-03-01T12:00:00.100Z",
    "acknowledged": "2026-03-01T12:00:00.112Z",
    "items": [ENTRY],
}
WAITING = {**STORED, "items": [{**ENTRY, "fate": "waiting", "visible": None}]}
Answers = dict[str, tuple[int, Any]]


class Silence:
    """A tail that hears nothing."""

    heard: dict[str, float] = {}

    def __init__(self, *_asked: Any) -> None: ...

    def start(self) -> None: ...

    def wait(self, _deadline: float, _count: int) -> None: ...


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What a site answers, by path; a path that is missing answers nothing."""
    answers: Answers = {
        "/api/logs": (202, {"receipt": "R"}),
        "/api/receipts/R": (200, STORED),
        "search": (200, {"items": [{}]}),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        name = "search" if (request.method, path) == ("GET", "/api/logs") else path
        if name not in answers:
            raise httpx.ConnectError("refused")
        status, body = answers[name]
        return httpx.Response(status, content=json.dumps(body))

    make: Callable[..., httpx.Client] = httpx.Client
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(httpx, "Client", lambda **how: make(**how, transport=transport))
    monkeypatch.setattr(visit, "Listener", Silence)
    return answers


def examined() -> Finding:
    (found,) = Doctor("http://127.0.0.1:1", "t", 0.2).examine([CANARY], "a1b2c3")
    return found


def test_a_canary_that_is_found_is_well(site: Answers) -> None:
    found = examined()

    assert found.is_well
    assert found.found_ms is not None
    assert after_ms(found.hops["read"], found.hops["visible"]) == 300


def test_a_site_that_is_not_there_is_said(site: Answers) -> None:
    site.clear()

    assert "nobody answers at http://127.0.0.1:1" in examined().problem


def test_what_a_refusal_says_is_told(site: Answers) -> None:
    error = {"message": "A broker is away.", "hint": "Try again."}
    site["/api/logs"] = (503, {"error": error})

    assert examined().problem == "503 A broker is away. Try again."


def test_an_entry_that_was_not_accepted_is_told(site: Answers) -> None:
    site["/api/logs"] = (202, {"receipt": None, "results": ["service_not_allowed"]})

    assert "without a receipt" in examined().problem
    assert "service_not_allowed" in examined().problem


def test_a_token_that_may_not_read_is_said(site: Answers) -> None:
    site["/api/receipts/R"] = (403, {"error": {"message": "It may not read."}})

    assert examined().problem == "403 It may not read."


def test_what_nobody_stores_is_said_when_patience_ends(site: Answers) -> None:
    site["/api/receipts/R"] = (200, WAITING)

    assert "does a store worker run?" in examined().problem


def test_what_search_does_not_find_is_said(site: Answers) -> None:
    site["search"] = (200, {"items": []})

    assert "search did not find it" in examined().problem


def test_programs_get_the_same(site: Answers) -> None:
    found = as_object([examined()], ["kafka: away"])

    assert found["well"] is True
    assert found["canaries"][0]["protocol"] == "logs"
    assert found["ailing"] == ["kafka: away"]
