"""The pipeline page over a real MongoDB: what it says while parts are away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from ingest.kafka.shapes import Group, Reading, Snapshot
from ingest.kafka.watch import history
from ingest.ledger import arrivals
from ingest.ledger.arrivals import Arrivals
from ingest.ledger.balance import MINUTE, minute_of
from ingest.ledger.stored import write_edge_minutes
from logsite.accounts import tokens
from logsite.health import Answer, Board, Part, State
from logsite.pipeline import views
from logsite.pipeline.board import read
from tests.logsite.pipeline.written import even

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

NAMES = settings.LOG_TOPIC, settings.STORE_GROUP
GONE = Answer(State.DOWN, "no broker answers")
BEHIND = {"kind": "behind", "partition": 0, "count": 1, "detail": "", "since": None}


@pytest.fixture
def db(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    @contextmanager
    def store() -> Iterator[Any]:
        yield mongo

    monkeypatch.setattr(views, "answering", store)
    monkeypatch.setattr(views, "parts", lambda: Board(()))
    return mongo


def set_clock(db: Any, looked_s: float, behind_s: float = 0.0) -> None:
    """The last round was so long ago; before that, 50 messages a second were stored."""
    now = datetime.now(UTC)
    at = now - timedelta(seconds=looked_s)
    clock = {
        "_id": "clock",
        "at": at,
        "complete_to": at - timedelta(seconds=behind_s),
        "partitions": [{"partition": 0, "visible": 99, "end": 100}],
        "reasons": [BEHIND],
    }
    db["clock"].replace_one({"_id": "clock"}, clock, upsert=True)
    for ago_s, committed in ((60, 0), (0, 3_000)):
        reading = Reading(settings.LOG_TOPIC, 0, committed, 0, 3_000)
        group = Group(settings.STORE_GROUP, "stable", 1, (reading,))
        seen_at = at - timedelta(seconds=ago_s)
        history.save(db, Snapshot(seen_at, "c", 1, (), (), (group,), ()))


def page(client: Client) -> str:
    return client.get("/pipeline").content.decode()


def test_it_shows_why_parts_are_not_well(
    db: Any, as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(db, looked_s=0)
    kafka = Part("kafka", lambda: GONE, ())
    monkeypatch.setattr(views, "parts", lambda: Board((kafka,)))

    assert "<b>kafka</b>: no broker answers" in page(as_bob)
    assert "Bring the brokers back" in page(as_bob)


def test_a_clock_without_rounds_shows_no_old_rates(db: Any, as_bob: Client) -> None:
    set_clock(db, looked_s=0)
    assert "<strong>50.0</strong>" in page(as_bob)

    set_clock(db, looked_s=12)

    shown = page(as_bob)
    assert "does not look, or cannot: since 12 s" in shown
    assert shown.count("<strong>–</strong>") == 5


def test_a_clock_without_rounds_does_not_repeat_what_passes(
    db: Any, as_bob: Client
) -> None:
    set_clock(db, looked_s=0, behind_s=95)
    assert "Partition 0 is 1 message behind." in page(as_bob)

    set_clock(db, looked_s=12, behind_s=95)

    assert "Partition 0 is 1 message behind." not in page(as_bob)


def test_numbers_of_messages_are_said_in_the_readers_language(
    db: Any, as_bob: Client
) -> None:
    set_clock(db, looked_s=0, behind_s=95)
    more = {**BEHIND, "count": 1_234}
    db["clock"].update_one({"_id": "clock"}, {"$set": {"reasons": [BEHIND, more]}})

    assert "Partition 0 is 1,234 messages behind." in page(as_bob)
    as_bob.cookies[settings.LANGUAGE_COOKIE_NAME] = "ko"
    assert "메시지 1건 밀려 있습니다." in page(as_bob)


def test_dead_letters_of_equal_count_keep_their_places(db: Any) -> None:
    codes = ["b", "e", "a", "d", "c", "f", "f"]
    letter = {"topic": settings.LOG_TOPIC}
    db["dead_letters"].insert_many({**letter, "code": code} for code in codes)

    shown = read(db, *NAMES, Path("/nowhere"), datetime.now(UTC)).dead_letters

    assert [code for code, _ in shown] == ["f", "a", "b", "c", "d", "e"]


def test_services_and_tokens_are_told_by_name(db: Any, as_bob: Client) -> None:
    set_clock(db, looked_s=0)
    token, _ = tokens.create("billing cluster", ["ingest"])
    minute = minute_of(datetime.now(UTC)) - 2 * MINUTE
    db["ledger"].insert_one(even(minute, tokens={str(token.pk): 600, "77": 60}))

    shown = page(as_bob)

    assert "billing cluster" in shown
    assert "number 77" in shown
    assert "?service=api" in shown
    assert ">10.0<" in shown
    assert "not known" in shown


def test_what_came_in_is_told_beside_what_was_acknowledged(
    db: Any, as_bob: Client
) -> None:
    set_clock(db, looked_s=0)
    token, _ = tokens.create("billing cluster", ["ingest"])
    key, this = str(token.pk), int(datetime.now(UTC).timestamp()) // 60
    limited = Counter({(key, 429, "rate_limited"): 312, ("", 401, "unknown_token"): 2})
    before = Arrivals(Counter({key: 7_500}), Counter({key: 41}))
    arrivals.write(db, "web", {this: Arrivals(refused=limited), this - 1: before})
    write_edge_minutes(db, "web", {this - 1: {key: 7_200}})

    shown = page(as_bob)

    assert "<strong>125.0</strong>" in shown
    assert "<strong>120.0</strong>" in shown
    assert "offered per second, 314 requests refused in 5 minutes" in shown
    assert ">7,500<" in shown
    assert 'title="312: 429 rate_limited">312<' in shown
    assert "no known token" in shown
    assert "Token billing cluster was refused 312 times" in shown
    assert "token change &#x27;billing cluster&#x27; --rate-entries" in shown


def test_what_was_refused_longer_ago_is_no_trouble_any_more(
    db: Any, as_bob: Client
) -> None:
    set_clock(db, looked_s=0)
    this = int(datetime.now(UTC).timestamp()) // 60
    limited = Counter({("77", 429, "rate_limited"): 312})
    arrivals.write(db, "web", {this - 6: Arrivals(refused=limited)})

    shown = page(as_bob)

    assert ">312<" in shown
    assert "was refused" not in shown


def test_dead_letters_count_until_somebody_has_seen_to_them(db: Any) -> None:
    now = datetime.now(UTC)
    letter = {"topic": settings.LOG_TOPIC, "code": "a", "received": now}
    old = {**letter, "received": now - timedelta(hours=2)}
    discarded = {**letter, "state": "discarded"}
    db["dead_letters"].insert_many([letter, old, discarded])

    assert read(db, *NAMES, Path("/nowhere"), now).open_letters == 1
