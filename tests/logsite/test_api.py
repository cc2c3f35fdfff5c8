"""The API: who may read, one shape of errors, and a document that covers it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from ninja import Schema
from pymongo.errors import ServerSelectionTimeoutError

from ingest.errors import BadEntry, Busy, Unavailable
from logsite.accounts import tokens
from logsite.api import api

pytestmark = pytest.mark.django_db
ENTRY = "/api/logs/" + "0" * 32


def bearer(*scopes: str) -> dict[str, str]:
    _, plain = tokens.create("-".join(scopes), scopes)
    return {"Authorization": f"Bearer {plain}"}


def error_of(response: Any) -> dict[str, str]:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint"}
    error: dict[str, str] = body["error"]
    return error


def test_reading_needs_a_token_or_a_session(client: Client) -> None:
    response = client.get(ENTRY)

    assert response.status_code == 401
    assert error_of(response)["code"] == "missing_token"


def test_an_unknown_token_is_told_apart_from_none(client: Client) -> None:
    response = client.get(ENTRY, headers={"Authorization": "Bearer lgs_guess"})

    assert response.status_code == 401
    assert error_of(response)["code"] == "unknown_token"


def test_a_token_that_may_only_send_may_not_read(client: Client) -> None:
    response = client.get(ENTRY, headers=bearer("ingest"))

    assert response.status_code == 403
    assert error_of(response)["code"] == "scope_missing"


def test_a_revoked_token_is_refused_at_once(client: Client) -> None:
    headers = bearer("read")
    tokens.revoke("read")

    assert client.get("/api/openapi.json", headers=headers).status_code == 401


@pytest.mark.parametrize("scope", ["read", "admin"])
def test_a_token_that_may_read_sees_the_document(client: Client, scope: str) -> None:
    headers = bearer(scope)

    assert client.get("/api/openapi.json", headers=headers).status_code == 200


def test_a_session_sees_the_documentation(as_bob: Client) -> None:
    assert as_bob.get("/api/docs").status_code == 200


def test_a_browser_without_session_is_sent_to_log_in(client: Client) -> None:
    response = client.get("/api/docs", headers={"Accept": "text/html"})

    assert response.status_code == 302
    assert response["Location"] == "/login?next=/api/docs"


def test_a_program_without_token_gets_no_document(client: Client) -> None:
    response = client.get("/api/openapi.json")

    assert response.status_code == 401
    error_of(response)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/logs", "post"),
        ("/api/logs", "get"),
        ("/api/logs/{entry_id}", "get"),
        ("/api/logs/histogram", "get"),
    ],
)
def test_the_document_covers_every_endpoint(path: str, method: str) -> None:
    assert method in api.get_openapi_schema()["paths"][path]


def test_no_two_shapes_have_one_name_in_the_document() -> None:
    """Of two with one name the document would have one, and call both that."""
    shapes = list(shapes_below(Schema))
    names = Counter(shape.__name__ for shape in shapes if is_ours(shape))

    assert len(names) > 40
    assert [name for name, times in names.items() if times > 1] == []


def shapes_below(shape: type[Schema]) -> Iterator[type[Schema]]:
    for below in shape.__subclasses__():
        yield below
        yield from shapes_below(below)


def is_ours(shape: type[Schema]) -> bool:
    return shape.__module__.startswith(("ingest.", "stats.", "logsite."))


def test_an_unknown_path_is_404_in_the_one_shape(client: Client) -> None:
    response = client.get("/api/nothing")

    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"


def test_a_wrong_method_is_405_in_the_one_shape(client: Client) -> None:
    response = client.delete("/api/logs")

    assert response.status_code == 405
    assert error_of(response)["code"] == "method_not_allowed"
    assert "GET" in response["Allow"]


def test_a_wrong_parameter_is_400_and_named(as_bob: Client) -> None:
    response = as_bob.get("/api/logs?limit=many")

    assert response.status_code == 400
    assert "limit" in error_of(response)["message"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (
            Unavailable("brokers_unavailable", "no broker", "", 2),
            503,
            "brokers_unavailable",
        ),
        (BadEntry("no_message", "no message"), 400, "no_message"),
        (Busy("away"), 503, "mongodb_unavailable"),
        (ServerSelectionTimeoutError("away"), 503, "mongodb_unavailable"),
        (OperationalError("database is locked"), 503, "sql_unavailable"),
        (ZeroDivisionError(), 500, "internal_error"),
    ],
)
def test_every_error_has_its_status_and_code(
    rf: RequestFactory, error: Exception, status: int, code: str
) -> None:
    request: HttpRequest = rf.get("/api/logs")

    response = api.on_exception(request, error)

    assert response.status_code == status
    assert f'"code": "{code}"' in response.content.decode()
    assert ("Retry-After" in response) == (status == 503)
