"""/healthz, /readyz and /metrics, and who may ask them."""

from __future__ import annotations

import pytest
from django.test import Client

from ingest import metrics
from logsite import probes
from logsite.accounts import tokens
from logsite.health import Answer, Board, Part, Purpose, State

INGEST, SEARCH = Purpose.INGEST, Purpose.SEARCH


@pytest.fixture
def without_mongodb(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (
        Part("kafka", lambda: Answer(State.OK), (INGEST,)),
        Part("mongodb", lambda: Answer(State.DOWN, "no primary"), (SEARCH,)),
    )
    monkeypatch.setattr(probes, "board", lambda: Board(parts))


def test_healthz_says_that_the_process_lives(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"alive": True})


@pytest.mark.usefixtures("without_mongodb")
def test_readyz_is_503_and_says_which_part_and_why(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    body = response.json()
    assert body["ready"] is False
    assert body["parts"]["mongodb"] == {
        "state": "down",
        "reason": "no primary",
        "needed_for": ["search"],
    }


@pytest.mark.usefixtures("without_mongodb")
def test_readyz_for_ingest_does_not_need_mongodb(client: Client) -> None:
    assert client.get("/readyz?for=ingest").status_code == 200


def test_readyz_refuses_an_unknown_purpose(client: Client) -> None:
    response = client.get("/readyz?for=coffee")

    assert response.status_code == 400
    assert "ingest, store, search" in response.json()["error"]["hint"]


def test_metrics_are_open_to_loopback(client: Client) -> None:
    metrics.count("ingest_entries_accepted_total", 512, protocol="logs")

    response = client.get("/metrics")

    assert response.status_code == 200
    assert b"# TYPE ingest_entries_accepted_total counter" in response.content
    assert b"disk_free_bytes" in response.content


@pytest.mark.django_db
def test_metrics_are_closed_to_strangers() -> None:
    response = Client(REMOTE_ADDR="192.0.2.7").get("/metrics")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "missing_token"


@pytest.mark.django_db
def test_metrics_are_closed_to_strangers_behind_a_local_proxy(client: Client) -> None:
    response = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})

    assert response.status_code == 401


@pytest.mark.django_db
def test_metrics_are_open_to_a_token_that_may_read() -> None:
    _, plain = tokens.create("prometheus", ["read"])
    stranger = Client(REMOTE_ADDR="192.0.2.7")

    response = stranger.get("/metrics", headers={"Authorization": f"Bearer {plain}"})

    assert response.status_code == 200
