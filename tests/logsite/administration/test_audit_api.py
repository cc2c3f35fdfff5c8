"""GET /api/audit: for those who look after the site, newest first, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from logsite.accounts import tokens
from logsite.audit.actors import Actor
from logsite.audit.models import AuditEntry, Kind
from logsite.audit.recording import record

pytestmark = pytest.mark.django_db
ALICE = Actor(Kind.USER, "alice", "192.0.2.7")


def ask(client: Client, **query: Any) -> Any:
    return client.get("/api/audit", query)


def entries(client: Client, **query: Any) -> list[str]:
    return [one["target"] for one in ask(client, **query).json()["entries"]]


@pytest.fixture
def as_ops(db: None) -> Client:
    """A program with an admin token; nothing is in the trail yet but that."""
    _, plain = tokens.create("ops", ["admin"])
    return Client(headers={"Authorization": f"Bearer {plain}"})


def test_it_says_who_did_what(as_ops: Client) -> None:
    written = record(ALICE, "topic.create", "orders", {"partitions": 3})

    found = ask(as_ops).json()["entries"][0]

    assert found.pop("at").startswith(f"{written.at:%Y-%m-%dT%H:%M}")
    assert found == {
        "id": written.pk,
        "actor": "alice",
        "actor_kind": "user",
        "address": "192.0.2.7",
        "action": "topic.create",
        "target": "orders",
        "detail": {"partitions": 3},
    }


def test_it_goes_page_by_page_and_new_rows_move_nothing(as_ops: Client) -> None:
    for number in range(5):
        record(ALICE, "topic.create", f"t{number}")
    first = ask(as_ops, limit=2, action="topic").json()
    record(ALICE, "topic.create", "later")

    second = ask(as_ops, limit=2, action="topic", cursor=first["next"]).json()
    third = ask(as_ops, limit=2, action="topic", cursor=second["next"]).json()

    pages = [[one["target"] for one in p["entries"]] for p in (first, second, third)]
    assert pages == [["t4", "t3"], ["t2", "t1"], ["t0"]]
    assert third["next"] is None


def test_it_can_be_asked_for_less(as_ops: Client) -> None:
    record(ALICE, "topic.create", "orders")
    record(ALICE, "topic.delete", "Payments")
    record(Actor.system(), "topics", "other")

    assert entries(as_ops, action="topic.delete") == ["Payments"]
    assert entries(as_ops, action="topic") == ["Payments", "orders"]
    assert entries(as_ops, actor="logsite", action="topics") == ["other"]
    assert entries(as_ops, target="pay") == ["Payments"]


def test_it_can_be_asked_for_a_time(as_ops: Client) -> None:
    early = AuditEntry(
        actor="alice",
        actor_kind=Kind.USER,
        action="x",
        target="early",
        at=timezone.now() - timedelta(days=2),
    )
    early.save()
    record(ALICE, "x", "late")

    assert entries(as_ops, action="x", **{"from": "-1d"}) == ["late"]
    assert entries(as_ops, action="x", to="-1d") == ["early"]


def test_a_cursor_of_another_place_is_refused(as_ops: Client) -> None:
    answer = ask(as_ops, cursor="1 OR 1=1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_cursor")


def test_a_filter_that_is_not_known_is_refused(as_ops: Client) -> None:
    assert ask(as_ops, who="alice").json()["error"]["code"] == "unknown_parameter"


def test_readers_are_refused(as_bob: Client) -> None:
    _, plain = tokens.create("reader", ["read"])
    reader = Client(headers={"Authorization": f"Bearer {plain}"})

    for client in (as_bob, reader):
        answer = ask(client)
        assert answer.status_code == 403
        assert "audit.view_auditentry" in answer.json()["error"]["hint"]


def test_people_with_the_permission_may_read_it(as_alice: Client) -> None:
    assert ask(as_alice).status_code == 200
