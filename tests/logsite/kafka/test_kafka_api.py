"""/api/topics and /api/groups: what they show, who may change, on a real Kafka."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from ingest.kafka.admin import metadata_of
from tests.ingest.kafka.test_snapshots import commit
from tests.ingest.worker import line, produce
from tests.logsite.kafka.conftest import SNAPSHOT
from tests.logsite.program import Program

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
NOBODY = "127.0.0.1:1"


@pytest.fixture
def reader() -> Program:
    return Program("read")


@pytest.fixture
def admin(store: Any, kafka_brokers: str, settings: Settings) -> Program:
    settings.KAFKA_BROKERS = kafka_brokers
    return Program("admin")


@pytest.fixture
def name() -> str:
    return f"orders-{uuid.uuid4().hex[:8]}"


@pytest.mark.usefixtures("seen")
def test_topics_come_from_the_newest_snapshot(reader: Program) -> None:
    answer = reader.get("/api/topics")

    assert answer["at"] == "2026-03-01T12:00:00.000Z"
    assert answer["brokers"][0] == {"id": 1, "address": "kafka-1:9092"}
    assert answer["topics"][1] == {
        "name": "orders",
        "internal": False,
        "partitions": 2,
        "replication": 2,
        "under_replicated": 1,
        "leaderless": 0,
        "messages": 900,
        "rate": 1.0,
    }


@pytest.mark.usefixtures("seen")
def test_groups_come_with_their_lag(reader: Program) -> None:
    assert reader.get("/api/groups")["groups"] == [
        {
            "name": "billing/eu",
            "state": "stable",
            "members": 1,
            "topics": ["orders"],
            "lag": 600,
            "lost": 3,
        }
    ]


@pytest.mark.usefixtures("seen")
def test_a_group_shows_every_partition_whatever_its_name(reader: Program) -> None:
    found = reader.get("/api/groups/billing/eu")

    assert found["partitions"][0] == {
        "topic": "orders",
        "partition": 0,
        "committed": 2,
        "start": 5,
        "end": 605,
        "lag": 600,
        "lost": 3,
        "member": "bill-1 /10.0.0.7",
    }
    assert found["partitions"][1]["lag"] is None


@pytest.mark.usefixtures("store")
def test_before_the_first_look_there_is_nothing(reader: Program) -> None:
    assert reader.get("/api/topics")["at"] is None
    assert reader.get("/api/groups") == {"at": None, "groups": []}


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize("path", ["/api/topics/nothing", "/api/groups/nobody"])
def test_what_is_not_there_is_404(reader: Program, path: str) -> None:
    assert reader.get(path)["error"]["code"] in ("no_such_topic", "no_such_group")


def test_a_topic_is_created_seen_altered_and_deleted(
    admin: Program, kafka_brokers: str, name: str
) -> None:
    created = admin.send(
        "post", "/api/topics", name=name, partitions=2, settings={"segment.ms": "60000"}
    )
    altered = admin.send(
        "patch", f"/api/topics/{name}", partitions=3, settings={"segment.ms": None}
    )
    produce(kafka_brokers, name, [line(n) for n in range(5)])
    seen = admin.get(f"/api/topics/{name}")
    deleted = admin.send("delete", f"/api/topics/{name}")

    assert (created.status_code, altered.status_code) == (201, 200)
    assert [one["partition"] for one in seen["partitions"]] == [0, 1, 2]
    assert not [one for one in seen["settings"] if one["own"]]
    assert deleted.json() == {
        "name": name,
        "dry_run": False,
        "messages": 5,
        "partitions": 3,
        "groups": [],
    }
    assert name not in metadata_of(kafka_brokers).topics
    assert name not in [one["name"] for one in admin.get("/api/topics")["topics"]]


def test_a_dry_run_changes_nothing(
    admin: Program, kafka_brokers: str, topic: str, name: str
) -> None:
    path = f"/api/topics/{topic}"

    created = admin.send("post", "/api/topics", name=name, dry_run=True)
    altered = admin.send("patch", path, partitions=9, dry_run=True)
    deleted = admin.client.delete(f"{path}?dry_run=true")

    assert [one.json()["dry_run"] for one in (created, altered, deleted)] == [True] * 3
    found = metadata_of(kafka_brokers).topics
    assert name not in found
    assert len(found[topic].partitions) == 3


def test_a_group_is_reset(admin: Program, kafka_brokers: str, topic: str) -> None:
    group = f"billing/{topic}"
    produce(kafka_brokers, topic, [line(n) for n in range(5)])
    commit(kafka_brokers, group, topic, {0: 2})
    path = f"/api/groups/{group}/reset"

    answer = admin.send("post", path, topic=topic, to="latest").json()

    assert answer["partitions"][0] == {
        "partition": 0,
        "before": 2,
        "after": 5,
        "skipped": 3,
        "repeated": 0,
    }
    assert admin.get(f"/api/groups/{group}")["lag"] == 0


CHANGES = [
    ("post", "/api/topics", {"name": "orders"}),
    ("patch", "/api/topics/orders", {"partitions": 3}),
    ("delete", "/api/topics/orders", {}),
    ("post", "/api/groups/billing/eu/reset", {"topic": "orders", "to": "latest"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_token_that_may_only_read_changes_nothing(
    reader: Program, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = reader.send(method, path, **body)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "scope_missing"


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_person_who_is_no_staff_changes_nothing(
    as_bob: Client, method: str, path: str, body: dict[str, Any]
) -> None:
    ask = getattr(as_bob, method)

    assert ask(path, body, content_type="application/json").status_code == 403


def test_our_own_topic_is_not_deleted(admin: Program, settings: Settings) -> None:
    answer = admin.send("delete", f"/api/topics/{settings.LOG_TOPIC}")

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "topic_in_use"


def test_what_kafka_refuses_has_a_code_and_a_hint(admin: Program, name: str) -> None:
    answer = admin.send("post", "/api/topics", name=name, replication=3)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_replication"
    assert "brokers" in answer.json()["error"]["hint"]


def test_it_says_that_kafka_is_away(
    admin: Program, seen: Any, settings: Settings
) -> None:
    settings.KAFKA_BROKERS = NOBODY

    answer = admin.client.get("/api/topics/orders")

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "kafka_unavailable"
    assert admin.get("/api/topics")["brokers"][0]["id"] == SNAPSHOT.brokers[0].id


@pytest.mark.usefixtures("seen")
def test_metrics_show_the_snapshot(client: Client, store: Any) -> None:
    text = client.get("/metrics").content.decode()

    group = 'consumergroup="billing/eu",partition="0",topic="orders"'
    assert f"kafka_consumergroup_lag{{{group}}} 600.0" in text
    place = 'partition="0",topic="orders"'
    assert f"kafka_topic_partition_current_offset{{{place}}} 605.0" in text
