"""GET /api/logs and its companions, through the whole site."""

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
    """What the API searches: one log, still empty."""
    prepare(mongo)
    monkeypatch.setattr("logsite.search.api.database", lambda: mongo)
    return StoredLog(mongo)


def ask(client: Client, path: str = "", **parameters: Any) -> Json:
    response = client.get(f"/api/logs{path}", parameters)
    assert response.status_code == 200, response.content
    answer: Json = response.json()
    return answer


def error_of(client: Client, path: str = "", **parameters: Any) -> Json:
    response = client.get(f"/api/logs{path}", parameters)
    assert response.status_code == 400, response.content
    error: Json = response.json()["error"]
    assert set(error) - {"position"} == {"code", "message", "hint"}
    return error


def test_it_answers_with_the_shape_of_the_contract(
    as_bob: Client, stored: StoredLog
) -> None:
    stored.add(entry_at(0.25, "disk full", "ERROR", "api", host="db-1", code=507))

    assert ask(as_bob) == {
        "items": [
            {
                "id": "00000001000000000000000000000000",
                "timestamp": "2026-11-22T12:00:00.250Z",
                "received": "2026-11-22T12:00:00.000Z",
                "level": "ERROR",
                "service": "api",
                "message": "disk full",
                "metadata": {"host": "db-1", "code": 507},
            }
        ],
        "next": None,
        "examined": 1,
        "matched": {"count": 1, "exact": True},
        "complete_to": None,
        "pinned": {"00000001:0": 0},
        "partial": None,
    }


def test_after_and_upto_mean_what_lies_between_two_cursors_of_a_tail(
    as_bob: Client, stored: StoredLog
) -> None:
    stored.add(*(entry_at(n, str(n)) for n in range(9)))
    stretch = {"after": "00000001.0-2", "upto": "00000001.0-7"}

    first = ask(as_bob, **stretch, limit=3)
    rest = ask(as_bob, **stretch, cursor=first["next"])

    found = [item["message"] for item in [*first["items"], *rest["items"]]]
    assert found == ["6", "5", "4", "3", "2"]
    assert first["matched"] == {"count": 5, "exact": True}
    assert first["pinned"] == {"00000001:0": 6}
    drawn = ask(as_bob, "/histogram", **stretch)
    assert sum(bar["levels"].get("INFO", 0) for bar in drawn["rows"]) == 5


def test_a_stretch_between_no_cursors_is_refused(
    as_bob: Client, stored: StoredLog
) -> None:
    assert error_of(as_bob, after="yesterday")["code"] == "bad_cursor"


def test_repeated_services_and_levels_mean_any_of_them(
    as_bob: Client, stored: StoredLog
) -> None:
    stored.add(
        entry_at(1, "a", "ERROR", "api"),
        entry_at(2, "b", "FATAL", "auth"),
        entry_at(3, "c", "INFO", "auth"),
        entry_at(4, "d", "ERROR", "payment"),
    )

    found = ask(as_bob, service=["api", "auth"], level=["error", "Critical"])

    assert [item["message"] for item in found["items"]] == ["b", "a"]


def test_from_is_inclusive_and_to_is_exclusive(
    as_bob: Client, stored: StoredLog
) -> None:
    stored.add(*(entry_at(second, str(second)) for second in range(5)))

    found = ask(
        as_bob,
        **{"from": "2026-11-22T12:00:01Z", "to": "2026-11-22T21:00:03.000+09:00"},
    )

    assert [item["message"] for item in found["items"]] == ["2", "1"]


def test_next_leads_through_all_pages(as_bob: Client, stored: StoredLog) -> None:
    stored.add(*(entry_at(second, f"line {second}") for second in range(7)))

    page = ask(as_bob, q="line", limit=3)
    seen = [item["message"] for item in page["items"]]
    while page["next"]:
        page = ask(as_bob, q="line", limit=3, cursor=page["next"])
        seen += [item["message"] for item in page["items"]]

    assert seen == [f"line {second}" for second in reversed(range(7))]
    assert page["matched"] == {"count": 7, "exact": True}


def test_it_shows_one_entry(as_bob: Client, stored: StoredLog) -> None:
    stored.add(entry_at(0, "one"), entry_at(1, "two"))

    found = ask(as_bob, "/00000001000000000000000000000001")

    assert found["message"] == "two"


@pytest.mark.parametrize("entry_id", ["0" * 31 + "9", "0", "z" * 32])
def test_an_id_that_nothing_has_is_not_found(
    as_bob: Client, stored: StoredLog, entry_id: str
) -> None:
    response = as_bob.get(f"/api/logs/{entry_id}")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_it_draws_a_histogram(as_bob: Client, stored: StoredLog) -> None:
    stored.add(entry_at(0), entry_at(1, level="ERROR"), entry_at(61))

    drawn = ask(
        as_bob,
        "/histogram",
        **{"from": "2026-11-22T12:00:00Z", "to": "2026-11-22T12:02:00Z", "q": "hello"},
    )

    assert drawn == {
        "start": "2026-11-22T12:00:00.000Z",
        "end": "2026-11-22T12:02:00.000Z",
        "step_s": 60,
        "rows": [
            {"start": "2026-11-22T12:00:00.000Z", "levels": {"ERROR": 1, "INFO": 1}},
            {"start": "2026-11-22T12:01:00.000Z", "levels": {"INFO": 1}},
        ],
        "whole": True,
        "exact": True,
        "later": 0,
    }


def test_it_lists_services(as_bob: Client, stored: StoredLog) -> None:
    stored.add(entry_at(service="web"), entry_at(service="api"))

    assert ask(as_bob, "/services") == {"services": ["api", "web"]}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"from": "yesterday-ish"}, "bad_time"),
        ({"to": "soon"}, "bad_time"),
        ({"from": "2026-11-22T12:00:00Z", "to": "2026-11-22T12:00:00Z"}, "bad_range"),
        ({"level": "loud"}, "bad_level"),
        ({"limit": "0"}, "invalid_parameter"),
        ({"limit": "1001"}, "invalid_parameter"),
        ({"limit": "many"}, "invalid_parameter"),
        ({"cursor": "bm9uc2Vuc2U"}, "bad_cursor"),
        ({"levels": "ERROR"}, "unknown_parameter"),
        ({"q": "x" * 4001}, "query_too_long"),
        ({"q": "a OR"}, "query_operator"),
    ],
)
def test_a_wrong_value_is_refused_by_name(
    as_bob: Client, stored: StoredLog, parameters: Json, code: str
) -> None:
    assert error_of(as_bob, **parameters)["code"] == code


def test_a_text_that_cannot_be_read_is_refused_with_the_place(
    as_bob: Client, stored: StoredLog
) -> None:
    assert error_of(as_bob, q="failed level:loud")["position"] == 13


def test_it_finds_by_field_level_number_wildcard_and_expression(
    as_bob: Client, stored: StoredLog
) -> None:
    stored.add(
        entry_at(0, "GET /api/v1/items", "INFO", "api", status=200, host="web-1"),
        entry_at(1, "GET /api/v1/items", "ERROR", "api", status=502, host="web-2"),
        entry_at(2, "payment declined", "WARN", "pay", host="web-2"),
    )

    def times(text: str) -> list[str]:
        return [item["timestamp"][17:19] for item in ask(as_bob, q=text)["items"]]

    assert times("host:web-2") == ["02", "01"]
    assert times("status:>=500 OR service:pay") == ["02", "01"]
    assert times("level:>=warn -declin*") == ["01"]
    assert times("/V[0-9]\\/items$/i -host:=web-1") == ["01"]
    assert times("-(level:error OR pay*)") == ["00"]


def test_what_the_text_says_of_levels_and_services_is_counted_exactly(
    as_bob: Client, stored: StoredLog
) -> None:
    stored.add(*(entry_at(n, "x", "WARN" if n % 2 else "INFO") for n in range(10)))
    asked: Json = {"q": "level:>=warn service:api", "limit": 2}

    assert ask(as_bob, **asked)["matched"] == {"count": 5, "exact": True}
    assert ask(as_bob, "/histogram", q="level:warn")["whole"] is False


def test_a_cursor_of_another_search_is_refused(
    as_bob: Client, stored: StoredLog
) -> None:
    stored.add(entry_at(0), entry_at(1))
    cursor = ask(as_bob, limit=1)["next"]

    error = error_of(as_bob, q="other", cursor=cursor)

    assert error["code"] == "cursor_of_another_search"


@pytest.mark.parametrize("text", ['{"$gt": ""}', "$where", "a' || '1'=='1", "\0", "*"])
def test_what_looks_like_an_operator_is_only_text(
    as_bob: Client, stored: StoredLog, text: str
) -> None:
    stored.add(entry_at(0, "nothing of it"))

    assert ask(as_bob, service=text)["items"] == []
    assert ask(as_bob, q=f"{text} absent")["items"] == []
