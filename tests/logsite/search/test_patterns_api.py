"""GET /api/logs/patterns, through the whole site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database

from logsite.search.grouping import drawn, pieces
from tests.ingest.query.stored import StoredLog, entry_at, prepare

Json = dict[str, Any]


@pytest.fixture
def stored(mongo: Database[Json], monkeypatch: pytest.MonkeyPatch) -> StoredLog:
    """Three orders and a refusal."""
    prepare(mongo)
    monkeypatch.setattr("logsite.search.patterns_api.database", lambda: mongo)
    return StoredLog(mongo).add(
        *(entry_at(n, f"order {n} paid", service="shop") for n in range(3)),
        entry_at(3, "card of mina declined", "ERROR", "pay"),
    )


@pytest.mark.parts
@pytest.mark.django_db
def test_it_answers_with_the_patterns_of_the_matches(
    as_bob: Client, stored: StoredLog
) -> None:
    found = as_bob.get("/api/logs/patterns", {"limit": 1}).json()

    [order] = found.pop("items")
    assert sum(order.pop("trend")) == 3
    assert order == {
        "template": "order <num> paid",
        "count": 3,
        "share": 0.75,
        "levels": {"INFO": 3},
        "services": {"shop": 3},
        "first": "2026-11-22T12:00:00.000Z",
        "last": "2026-11-22T12:00:02.000Z",
        "query": "message:/^order \\S+ paid$/",
        "newest": "00000001000000000000000000000002",
    }
    assert found == {
        "total": 2,
        "grouped": 4,
        "matched": {"count": 4, "exact": True},
        "sampled": 1.0,
        "examined": 4,
        "start": "2026-11-22T12:00:00.000Z",
        "end": "2026-11-22T12:00:03.001Z",
    }


@pytest.mark.parts
@pytest.mark.django_db
def test_it_takes_the_parameters_of_a_search(as_bob: Client, stored: StoredLog) -> None:
    asked = {"q": "-order", "service": "pay", "level": "error"}
    found = as_bob.get("/api/logs/patterns", asked).json()

    assert [one["template"] for one in found["items"]] == ["card of mina declined"]


@pytest.mark.parts
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"q": "a OR"}, "query_operator"),
        ({"limit": "501"}, "invalid_parameter"),
        ({"buckets": "5"}, "unknown_parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    as_bob: Client, stored: StoredLog, parameters: Json, code: str
) -> None:
    response = as_bob.get("/api/logs/patterns", parameters)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == code


def test_parameters_of_a_template_are_told_from_its_words() -> None:
    assert list(pieces("order <num>: a <*> b<ip> <x>")) == [
        ("order ", False),
        ("<num>", True),
        (": a ", False),
        ("<*>", True),
        (" b", False),
        ("<ip>", True),
        (" <x>", False),
    ]


def test_a_trend_is_drawn_as_bars_of_which_none_vanishes() -> None:
    assert drawn([0, 1000, 1]) == "M3 0h2v18h-2zM6 16h2v2h-2z"
    assert drawn([0, 0]) == ""
