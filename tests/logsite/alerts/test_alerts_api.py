"""/api/rules and /api/incidents: who may read, who may change, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from logsite.accounts import tokens
from logsite.accounts.models import Scope
from stats.alerts.models import Rule
from tests.stats.alerts.made import NOON, fired

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Payments fail",
    "kind": "error_rate",
    "services": ["payment"],
    "window_minutes": 1,
    "threshold": 5,
    "targets": ["https://hooks.example.com/secret/path"],
}


@pytest.fixture
def reader() -> Client:
    return client(Scope.READ)


@pytest.fixture
def admin() -> Client:
    return client(Scope.ADMIN)


def client(scope: Scope) -> Client:
    _, plain = tokens.create(f"for {scope}", [scope])
    return Client(headers={"Authorization": f"Bearer {plain}"})


def post(who: Client, **changed: Any) -> Any:
    body = {**GIVEN, **changed}
    return who.post("/api/rules", body, content_type="application/json")


def test_an_admin_makes_a_rule(admin: Client) -> None:
    answer = post(admin)

    assert answer.status_code == 201
    rule = Rule.objects.get(pk=answer.json()["id"])
    assert (rule.name, rule.threshold, rule.minimum) == ("Payments fail", 5, 20)


def test_a_reader_may_not_change_rules(reader: Client, admin: Client) -> None:
    number = post(admin).json()["id"]

    refused = [
        post(reader, name="Another"),
        reader.put(f"/api/rules/{number}", GIVEN, content_type="application/json"),
        reader.delete(f"/api/rules/{number}"),
    ]

    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert refused[0].json()["error"]["code"] == "scope_missing"


def test_a_person_without_the_permission_may_not_either(as_bob: Client) -> None:
    assert post(as_bob).status_code == 403


def test_a_reader_sees_no_secret_of_a_target(reader: Client, admin: Client) -> None:
    post(admin)

    (rule,) = reader.get("/api/rules").json()["rules"]

    assert rule["targets"] == ["https://hooks.example.com/…"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"threshold": "many"}, "threshold: Input should be a valid number"),
        ({"levels": [1]}, "levels 0: Input should be a valid string"),
        ({"window_minutes": 3}, "window_minutes: Input should be 1, 5, 15 or 60"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_its_name(
    admin: Client, changed: dict[str, Any], message: str
) -> None:
    error = post(admin, **changed).json()["error"]

    assert error["code"] == "invalid_parameter"
    assert error["message"].startswith(message)


def test_a_field_that_is_missing_is_named(admin: Client) -> None:
    body = {name: value for name, value in GIVEN.items() if name != "threshold"}
    answer = admin.post("/api/rules", body, content_type="application/json")

    assert answer.json()["error"]["message"] == "threshold: Field required"


def test_a_parameter_of_another_kind_is_named(reader: Client) -> None:
    error = reader.get("/api/incidents?limit=many").json()["error"]

    assert error["message"].startswith("limit: Input should be a valid integer")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"targets": ["ftp://example.com"]}, "targets"),
        ({"threshold": 101}, "threshold"),
        ({"threshold": 0}, "threshold"),
        ({"levels": ["ERROR"]}, "levels"),
        ({"kind": "count", "levels": ["LOUD"]}, "levels"),
        ({"services": [""]}, "services"),
        ({"name": ""}, "name"),
        ({"query": "x" * 5000}, "query"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    admin: Client, changed: dict[str, Any], field: str
) -> None:
    answer = post(admin, **changed)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(field)


def test_a_change_leaves_alone_where_the_evaluation_stands(admin: Client) -> None:
    number = post(admin).json()["id"]
    Rule.objects.filter(pk=number).update(judged_to=NOON, outcome="quiet")

    admin.put(
        f"/api/rules/{number}",
        {**GIVEN, "threshold": 9},
        content_type="application/json",
    )

    rule = Rule.objects.get()
    assert (rule.threshold, rule.judged_to, rule.outcome) == (9, NOON, "quiet")


def test_a_rule_that_is_switched_on_again_begins_anew(admin: Client) -> None:
    number = post(admin, enabled=False).json()["id"]
    Rule.objects.filter(pk=number).update(judged_to=NOON, outcome="quiet")

    path = f"/api/rules/{number}"
    admin.put(path, {**GIVEN, "enabled": True}, content_type="application/json")

    rule = Rule.objects.get()
    assert rule.judged_to > NOON
    assert rule.outcome == ""


def test_switching_off_closes_what_is_open(admin: Client) -> None:
    incident = fired()
    path = f"/api/rules/{incident.rule.pk}"

    admin.put(path, {**GIVEN, "enabled": False}, content_type="application/json")

    (found,) = admin.get("/api/incidents", {"state": "resolved"}).json()["incidents"]
    assert found["id"] == incident.pk


def test_a_deleted_rule_is_gone(admin: Client) -> None:
    number = post(admin).json()["id"]

    assert admin.delete(f"/api/rules/{number}").status_code == 204
    assert admin.get(f"/api/rules/{number}").status_code == 404


def test_an_incident_tells_who_was_told_of_what(reader: Client) -> None:
    incident = fired()

    (found,) = reader.get("/api/incidents", {"state": "open"}).json()["incidents"]
    one = reader.get(f"/api/incidents/{incident.pk}").json()

    assert found["opened"] == "2026-11-22T12:00:00.000Z"
    assert one["transitions"][0]["value"] == 7
    (delivery,) = one["transitions"][0]["deliveries"]
    assert delivery["target"] == "https://hooks.example.com/…"


def test_nobody_reads_without_a_token(client: Client) -> None:
    assert client.get("/api/incidents").status_code == 401
