"""People log in with a password; guessing is slowed down."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from logsite.accounts.models import User
from logsite.accounts.throttle import MAX_FAILURES
from tests.logsite.conftest import PASSWORD


@pytest.fixture(autouse=True)
def own_cache(settings: Settings) -> None:
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend}}
    cache.clear()


def log_in(client: Client, name: str, password: str) -> bool:
    fields = {"username": name, "password": password}
    return client.post("/login", fields).status_code == 302


def test_bob_logs_in(client: Client, bob: User) -> None:
    assert log_in(client, "bob", PASSWORD)


def test_a_wrong_password_does_not(client: Client, bob: User) -> None:
    assert not log_in(client, "bob", "guess")


def test_charlies_closed_account_does_not(client: Client, charlie: User) -> None:
    assert not log_in(client, "charlie", PASSWORD)


def test_after_many_failures_the_right_password_has_to_wait(
    client: Client, bob: User
) -> None:
    for _ in range(MAX_FAILURES):
        log_in(client, "bob", "guess")

    assert not log_in(client, "bob", PASSWORD)


def test_failures_of_one_name_do_not_keep_others_out(
    client: Client, alice: User, bob: User
) -> None:
    for _ in range(MAX_FAILURES):
        log_in(client, "bob", "guess")

    assert log_in(client, "alice", PASSWORD)


def test_without_valkey_people_still_log_in(
    client: Client, bob: User, settings: Settings
) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    nobody = {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nobody}

    assert not log_in(client, "bob", "guess")
    assert log_in(client, "bob", PASSWORD)


def test_logging_out_ends_the_session(as_bob: Client) -> None:
    as_bob.post("/logout")

    assert as_bob.get("/").status_code == 302
