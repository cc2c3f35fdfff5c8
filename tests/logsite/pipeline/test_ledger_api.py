"""GET /api/ledger, through the whole site, over a ledger in a real MongoDB."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from ingest.fold.block import State
from ingest.ledger import arrivals
from ingest.ledger.arrivals import Arrivals
from ingest.ledger.balance import MINUTE
from ingest.ledger.stored import closed
from logsite.accounts import tokens
from tests.logsite.pipeline.written import NOON, balance, even, unread

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

Json = dict[str, Any]
NOON_TO_ONE = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:00:00Z"}
NONE_OF_THEM = {"duplicate": 0, "dead": 0, "void": 0, "lost": 0, "expired": 0}


@pytest.fixture
def db(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    mongo["clock"].insert_one({"_id": "clock", "complete_to": NOON + MINUTE})
    monkeypatch.setattr("logsite.pipeline.api.database", lambda: mongo)
    return mongo


def ask(client: Client, **parameters: Any) -> Json:
    response = client.get("/api/ledger", {**NOON_TO_ONE, **parameters})
    assert response.status_code == 200, response.content
    answer: Json = response.json()
    return answer


def refused(client: Client, **parameters: Any) -> str:
    response = client.get("/api/ledger", parameters)
    assert response.status_code == 400, response.content
    code: str = response.json()["error"]["code"]
    return code


def came() -> Arrivals:
    """A token that is slowed down, and a stranger."""
    limited, unknown = ("3", 429, "rate_limited"), ("", 401, "unknown_token")
    refused = Counter({limited: 312, unknown: 6})
    return Arrivals(Counter({"3": 1_002}), Counter({"3": 12}), refused)


def test_what_came_to_the_edge_is_told_of_the_range_that_was_asked_for(
    db: Any, as_bob: Client
) -> None:
    noon = int(NOON.timestamp()) // 60
    arrivals.write(db, "web", {noon: came(), noon + 59: came(), noon + 60: came()})

    nobody, shipper = ask(as_bob)["arrived"]

    assert (nobody["token"], nobody["offered"]) == ("", 0)
    assert (shipper["offered"], shipper["rejected"]) == (2_004, 24)
    assert shipper["refused"] == [
        {"status": 429, "code": "rate_limited", "requests": 624}
    ]


def test_a_minute_says_what_became_of_every_offset(db: Any, as_bob: Client) -> None:
    db["ledger"].insert_one(even(NOON, tokens={"3": 990}))

    answer = ask(as_bob)

    assert answer["complete_to"] == "2026-03-01T12:01:00.000Z"
    assert answer["alarm"] is False
    (minute,) = answer["minutes"]
    assert minute["minute"] == "2026-03-01T12:00:00.000Z"
    assert minute["state"] == "even"
    assert minute["states"] == {
        **NONE_OF_THEM,
        "stored": 988,
        "duplicate": 10,
        "dead": 2,
    }
    assert (minute["offsets"], minute["remainder"]) == (1_000, 0)
    assert (minute["acknowledged"], minute["excess"]) == (990, 0)
    assert minute["tokens"] == {"3": 990}
    assert minute["partitions"][0] == {
        "partition": 0,
        "incarnation": 7,
        "first": 100,
        "end": 1_100,
        "known": True,
        "counted": 1_000,
    }


def test_a_minute_that_is_open_claims_nothing(db: Any, as_bob: Client) -> None:
    db["ledger"].insert_one(unread(NOON))

    (minute,) = ask(as_bob)["minutes"]

    assert (minute["state"], minute["offsets"]) == ("open", 1_000)
    assert (minute["states"], minute["remainder"]) == (None, None)


def test_what_is_missing_is_an_alarm(db: Any, as_bob: Client) -> None:
    db["ledger"].insert_one(even(NOON, missing=5, gaps=((0, 300, 304),)))

    answer = ask(as_bob)

    assert answer["alarm"] is True
    assert (answer["sums"]["remainder"], answer["sums"]["gaps"]) == (5, 1)
    assert answer["minutes"][0]["gaps"] == [{"partition": 0, "first": 300, "last": 304}]


def test_more_acknowledged_than_kafka_has_is_an_alarm(db: Any, as_bob: Client) -> None:
    db["ledger"].insert_one(even(NOON, tokens={"3": 1_001}))

    answer = ask(as_bob)

    assert answer["alarm"] is True
    assert answer["minutes"][0]["excess"] == 1


def test_what_was_lost_is_accounted_for_and_no_alarm(db: Any, as_bob: Client) -> None:
    lost = balance(NOON, ("api", State.STORED, 10), ("", State.LOST, 3))
    db["ledger"].insert_one(closed(lost, NOON, last_look=False))

    answer = ask(as_bob)

    assert answer["alarm"] is False
    assert answer["sums"]["states"]["lost"] == 3


def test_the_answer_is_the_documented_one(db: Any, as_bob: Client) -> None:
    db["ledger"].insert_one(even(NOON, tokens={"3": 990}))
    arrivals.write(db, "web", {int(NOON.timestamp()) // 60: came()})
    page = (Path(settings.BASE_DIR) / "docs/pipeline.md").read_text()
    sample = json.loads(page.split("```json")[1].split("```")[0])

    assert {**ask(as_bob), "complete_to": sample["complete_to"]} == sample


def test_services_can_be_chosen(db: Any, as_bob: Client) -> None:
    db["ledger"].insert_one(even(NOON))

    (minute,) = ask(as_bob, service="auth")["minutes"]

    assert minute["services"] == [
        {"service": "auth", "states": {**NONE_OF_THEM, "stored": 48}}
    ]


def test_the_newest_minute_comes_first_and_all_are_added_up(
    db: Any, as_bob: Client
) -> None:
    db["ledger"].insert_many(
        [even(NOON), even(NOON + MINUTE), unread(NOON + 2 * MINUTE)]
    )

    answer = ask(as_bob)

    assert [one["minute"][11:16] for one in answer["minutes"]] == [
        "12:02",
        "12:01",
        "12:00",
    ]
    assert answer["sums"]["offsets"] == 3_000
    assert answer["sums"]["states"]["stored"] == 2 * 988
    assert (answer["sums"]["minutes"], answer["sums"]["open"]) == (3, 1)


def test_only_the_minutes_of_the_range_are_shown(db: Any, as_bob: Client) -> None:
    db["ledger"].insert_many(
        [even(NOON - MINUTE), even(NOON), even(NOON + 60 * MINUTE)]
    )

    assert len(ask(as_bob)["minutes"]) == 1


def test_questions_that_cannot_be_answered_are_refused(db: Any, as_bob: Client) -> None:
    assert refused(as_bob, services="api") == "unknown_parameter"
    assert refused(as_bob, **{"from": "soon"}) == "bad_time"
    assert refused(as_bob, **{"from": "-1m", "to": "-2m"}) == "bad_range"
    assert refused(as_bob, **{"from": "-2d"}) == "range_too_long"
    assert refused(as_bob, to="0001-01-01T00:00:00Z") == "bad_time"


def test_an_ingest_token_may_not_read_it(db: Any) -> None:
    _, plain = tokens.create("sender", ["ingest"])
    client = Client(headers={"Authorization": f"Bearer {plain}"})

    assert client.get("/api/ledger").status_code == 403
    assert Client().get("/api/ledger").status_code == 401
