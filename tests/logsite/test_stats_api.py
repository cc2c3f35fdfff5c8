"""GET /api/stats, through the whole site, over rollups in a real MongoDB."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database

from stats.rollup import roll_up
from tests.stats.growing import RECEIVED, GrowingLog, prepare

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

Json = dict[str, Any]
NOON_TO_TWO = {"start": "2026-11-22T12:00:00Z", "end": "2026-11-22T14:00:00Z"}


class Counted:
    """A log whose entries are in the rollups."""

    def __init__(self, db: Database[Json]) -> None:
        self._db = db
        self._log = GrowingLog(db)

    def add(self, *entries: tuple[float, str, str]) -> None:
        self._log.add(*entries)
        roll_up(self._db)


@pytest.fixture
def counted(mongo: Database[Json], monkeypatch: pytest.MonkeyPatch) -> Counted:
    prepare(mongo)
    mongo["clock"].insert_one({"_id": "clock", "complete_to": RECEIVED})
    monkeypatch.setattr("stats.api.database", lambda: mongo)
    return Counted(mongo)


def ask(client: Client, path: str, **parameters: Any) -> Json:
    response = client.get(f"/api/stats/{path}", {**NOON_TO_TWO, **parameters})
    assert response.status_code == 200, response.content
    answer: Json = response.json()
    return answer


def error_code(client: Client, path: str, **parameters: Any) -> str:
    response = client.get(f"/api/stats/{path}", parameters)
    assert response.status_code == 400, response.content
    code: str = response.json()["error"]["code"]
    return code


def test_it_answers_with_the_shape_of_the_contract(
    as_bob: Client, counted: Counted
) -> None:
    counted.add((0, "api", "INFO"), (1, "auth", "ERROR"), (59, "api", "INFO"))

    assert ask(as_bob, "hourly") == {
        "complete_to": "2026-11-22T12:00:00.000Z",
        "windows": [
            {
                "start": "2026-11-22T12:00:00.000Z",
                "service": "all",
                "total": 3,
                "errors": 1,
                "error_rate": 1 / 3,
                "levels": {"INFO": 2, "ERROR": 1},
            }
        ],
    }


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        ("minute", ["12:00", "12:01", "12:06"]),
        ("5m", ["12:00", "12:05"]),
        ("hourly", ["12:00"]),
    ],
)
def test_windows_are_as_wide_as_the_address_says(
    as_bob: Client, counted: Counted, path: str, starts: list[str]
) -> None:
    counted.add((0, "api", "INFO"), (1, "api", "INFO"), (6, "api", "INFO"))

    windows = ask(as_bob, path, service="all")["windows"]

    assert [window["start"][11:16] for window in windows] == starts


def test_repeated_services_are_a_row_each(as_bob: Client, counted: Counted) -> None:
    counted.add((0, "api", "INFO"), (0, "auth", "INFO"), (0, "payment", "INFO"))

    windows = ask(as_bob, "hourly", service=["auth", "api"])["windows"]

    assert [(row["service"], row["total"]) for row in windows] == [
        ("api", 1),
        ("auth", 1),
    ]


def test_windows_outside_the_range_are_left_out(
    as_bob: Client, counted: Counted
) -> None:
    counted.add((-1, "api", "INFO"), (0, "api", "INFO"), (120, "api", "INFO"))

    assert [row["total"] for row in ask(as_bob, "hourly")["windows"]] == [1]


def test_the_error_rate_is_given_by_service_and_of_all(
    as_bob: Client, counted: Counted
) -> None:
    counted.add(
        (0, "api", "FATAL"),
        (7, "api", "ERROR"),
        (61, "api", "WARN"),
        (61, "api", "INFO"),
        (119, "auth", "INFO"),
        (120, "auth", "ERROR"),
    )

    answer = ask(as_bob, "error-rate", service="all")

    api = {"service": "api", "total": 4, "errors": 2, "error_rate": 0.5}
    auth = {"service": "auth", "total": 1, "errors": 0, "error_rate": 0.0}
    everything = {"service": "all", "total": 5, "errors": 2, "error_rate": 0.4}
    assert answer["services"] == [api, auth]
    assert answer["all"] == everything


def test_nothing_counted_yet_is_no_error(
    as_bob: Client, mongo: Database[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stats.api.database", lambda: mongo)

    assert ask(as_bob, "minute") == {"complete_to": None, "windows": []}
    assert ask(as_bob, "error-rate")["all"]["error_rate"] == 0.0


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"start": "someday"}, "bad_time"),
        ({"start": "-1h", "end": "-2h"}, "bad_range"),
        ({"start": "1970-01-01T00:00:00Z"}, "range_too_long"),
        ({"services": "api"}, "unknown_parameter"),
    ],
)
def test_what_cannot_be_answered_is_said(
    as_bob: Client, parameters: Json, code: str
) -> None:
    assert error_code(as_bob, "minute", **parameters) == code


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_time_can_be_asked_for(
    as_bob: Client, counted: Counted, moment: str
) -> None:
    for name in ("start", "end"):
        response = as_bob.get("/api/stats/error-rate", {name: moment})
        assert response.status_code in (200, 400)


def test_people_who_are_not_logged_in_are_refused(client: Client) -> None:
    assert client.get("/api/stats/hourly").status_code == 401
