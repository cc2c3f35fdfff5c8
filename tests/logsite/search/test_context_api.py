"""GET /api/logs/{id}/context, through the whole site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database

from tests.ingest.query.stored import StoredLog, entry_at, prepare

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

Json = dict[str, Any]


@pytest.fixture
def stored(mongo: Database[Json], monkeypatch: pytest.MonkeyPatch) -> StoredLog:
    """Ten lines of two hosts in turn, with one timestamp."""
    prepare(mongo)
    monkeypatch.setattr("logsite.search.context_api.database", lambda: mongo)
    log = StoredLog(mongo)
    hosts = ("web-1", "web-2")
    return log.add(*(entry_at(0, f"{n}", host=hosts[n % 2]) for n in range(10)))


def address(offset: int) -> str:
    return f"/api/logs/{1:08x}{offset:024x}/context"


def texts(items: list[Json]) -> list[str]:
    return [item["message"] for item in items]


def test_it_answers_with_the_neighbours_of_the_instance(
    as_bob: Client, stored: StoredLog
) -> None:
    found = as_bob.get(address(4), {"before": 1, "after": 5}).json()

    assert texts(found.pop("before")) == ["2"]
    assert found.pop("entry")["message"] == "4"
    assert texts(found.pop("after")) == ["6", "8"]
    assert found == {
        "scope": "instance",
        "scopes": ["instance", "service", "all"],
        "more_before": True,
        "more_after": False,
        "examined": 10,
        "partial": None,
    }


def test_a_scope_can_be_chosen(as_bob: Client, stored: StoredLog) -> None:
    asked: Json = {"scope": "service", "before": 2, "after": 0}

    assert texts(as_bob.get(address(4), asked).json()["before"]) == ["2", "3"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"scope": "trace"}, "no_such_scope"),
        ({"scope": "street"}, "invalid_parameter"),
        ({"before": "1001"}, "invalid_parameter"),
        ({"q": "x"}, "unknown_parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    as_bob: Client, stored: StoredLog, parameters: Json, code: str
) -> None:
    response = as_bob.get(address(4), parameters)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == code


def test_an_id_that_nothing_has_is_not_found(as_bob: Client, stored: StoredLog) -> None:
    assert as_bob.get(address(99)).status_code == 404


def test_strangers_see_nothing(client: Client, stored: StoredLog) -> None:
    assert client.get(address(4)).status_code == 401
