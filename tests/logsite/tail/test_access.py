"""Who may open a tail: Alice and Bob from our own pages, and tokens that may read."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from logsite.accounts import tokens
from logsite.accounts.models import Scope
from logsite.tail.access import is_same_origin, person_of

pytestmark = pytest.mark.django_db

HOST = "localhost:8000"
OURS = f"http://{HOST}"


def scope(**headers: str) -> dict[str, Any]:
    given = {"host": HOST} | headers
    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
    return {"type": "websocket", "headers": pairs}


def cookie(client: Client) -> str:
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    return f"{session.key}={session.value}"


def token(*scopes: Scope) -> str:
    return tokens.create("tests", scopes)[1]


def test_a_session_may_from_our_own_pages(as_bob: Client) -> None:
    assert person_of(scope(origin=OURS, cookie=cookie(as_bob)))


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:9000", "null", ""]
)
def test_a_session_may_not_from_pages_of_others(as_bob: Client, origin: str) -> None:
    assert person_of(scope(origin=origin, cookie=cookie(as_bob))) is None


def test_nobody_may_under_a_name_that_is_not_ours(as_bob: Client) -> None:
    asked = scope(host="evil.example", origin="http://evil.example")
    asked["headers"].append((b"cookie", cookie(as_bob).encode()))

    assert person_of(asked) is None


def test_a_session_that_ended_may_not(as_bob: Client) -> None:
    was = cookie(as_bob)
    as_bob.logout()

    assert person_of(scope(origin=OURS, cookie=was)) is None


def test_a_token_that_may_read_may_without_an_origin() -> None:
    assert person_of(scope(authorization=f"Bearer {token(Scope.READ)}"))


def test_a_token_that_may_only_send_may_not() -> None:
    assert person_of(scope(authorization=f"Bearer {token(Scope.INGEST)}")) is None


def test_a_revoked_token_may_not() -> None:
    plain = token(Scope.READ)
    tokens.revoke("tests")

    assert person_of(scope(authorization=f"Bearer {plain}")) is None


def test_strangers_may_not() -> None:
    assert person_of(scope(origin=OURS)) is None


def test_the_public_address_is_ours(settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://logs.example.com"]

    assert is_same_origin("https://logs.example.com", "internal:8000")
