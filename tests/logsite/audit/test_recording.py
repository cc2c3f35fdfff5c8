"""The audit trail grows and never changes."""

from __future__ import annotations

import os
import pwd
import socket
from ipaddress import ip_network

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory, override_settings

from ingest.edge.auth import Grant
from ingest.management.deeds import announce
from logsite.accounts.models import User
from logsite.audit.actors import Actor
from logsite.audit.listening import commanded
from logsite.audit.models import MAX_TARGET, AuditEntry, Kind, NeverChanged
from logsite.audit.recording import record
from tests.logsite.conftest import PASSWORD

pytestmark = pytest.mark.django_db
GRANT = Grant("7", "ops", frozenset({"admin"}), frozenset(), "unknown")


def newest() -> AuditEntry:
    return AuditEntry.objects.all()[0]


def test_it_writes_down_who_did_what() -> None:
    actor = Actor(Kind.USER, "alice", "192.0.2.7")

    record(actor, "token.create", "shipper", {"scopes": ["ingest"]})

    written = newest()
    assert (written.actor, written.actor_kind) == ("alice", "user")
    assert (written.address, written.action) == ("192.0.2.7", "token.create")
    assert (written.target, written.detail) == ("shipper", {"scopes": ["ingest"]})


def test_a_target_of_any_length_is_taken() -> None:
    record(Actor.system(), "topic.create", "x" * 1_000)

    assert newest().target == "x" * MAX_TARGET


def test_what_is_written_is_never_changed() -> None:
    written = record(Actor.system(), "topic.create", "orders")
    written.target = "something else"

    with pytest.raises(NeverChanged):
        written.save()
    with pytest.raises(NeverChanged):
        AuditEntry.objects.filter(target="orders").update(target="x")
    with pytest.raises(NeverChanged):
        AuditEntry.objects.bulk_update([written], ["target"])
    assert newest().target == "orders"


def test_what_is_written_is_never_deleted() -> None:
    written = record(Actor.system(), "topic.create", "orders")

    with pytest.raises(NeverChanged):
        written.delete()
    with pytest.raises(NeverChanged):
        AuditEntry.objects.all().delete()
    assert newest() == written


def test_a_request_with_a_token_is_the_tokens() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    request.user, request.auth = AnonymousUser(), GRANT  # type: ignore[attr-defined]

    assert Actor.of(request) == Actor(Kind.TOKEN, "ops", "192.0.2.7")


def test_a_request_with_a_session_is_the_persons(alice: User) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    request.user = alice

    assert Actor.of(request) == Actor(Kind.USER, "alice", "192.0.2.7")


def test_only_a_trusted_proxy_says_where_a_request_comes_from(alice: User) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.1"}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", headers=forwarded)
    request.user = alice

    assert Actor.of(request).address == "192.0.2.7"
    with override_settings(TRUSTED_PROXIES=[ip_network("192.0.2.7")]):
        assert Actor.of(request).address == "198.51.100.1"


def test_a_command_is_run_by_a_user_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")

    announce("topic.create", "orders", partitions=3)

    written = newest()
    name = pwd.getpwuid(os.getuid()).pw_name
    assert (written.actor_kind, written.actor) == ("command", name)
    assert (written.address, written.detail) == (
        socket.gethostname(),
        {"partitions": 3},
    )


def test_a_command_where_no_site_is_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("logsite.audit.listening.has_table", lambda _model: False)

    commanded("topic.create", "orders", {})

    assert not AuditEntry.objects.exists()


def test_logins_and_logouts_are_written_down(alice: User) -> None:
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.post("/login", {"username": "alice", "password": PASSWORD})
    client.post("/logout")

    out, entry = AuditEntry.objects.all()
    assert (entry.action, entry.actor, entry.address) == ("login", "alice", "192.0.2.7")
    assert (out.action, out.actor) == ("logout", "alice")


def test_a_failed_login_is_written_down_without_the_password(alice: User) -> None:
    wrong = {"username": "alice", "password": "hunter2"}
    Client(REMOTE_ADDR="192.0.2.7").post("/login", wrong)

    written = newest()
    assert (written.action, written.actor) == ("login.failed", "alice")
    assert "hunter2" not in str(vars(written))


def test_what_was_typed_for_an_unknown_name_is_not_kept(alice: User) -> None:
    """People type their password there."""
    Client().post("/login", {"username": "hunter2", "password": "x"})

    written = newest()
    assert (written.action, written.actor) == ("login.failed", "")
    assert "hunter2" not in str(vars(written))


IN_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@override_settings(CACHES=IN_MEMORY)
def test_strangers_who_guess_names_do_not_fill_the_trail(alice: User) -> None:
    for address in ("192.0.2.7", "192.0.2.8"):
        for number in range(5):
            guess = {"username": f"admin{number}", "password": "x"}
            Client(REMOTE_ADDR=address).post("/login", guess)

    failed = AuditEntry.objects.filter(action="login.failed")
    assert sorted(one.address for one in failed) == ["192.0.2.7", "192.0.2.8"]


def test_a_change_on_the_admin_pages_is_written_down(
    as_alice: Client, bob: User
) -> None:
    form = {"username": "robert", "date_joined_0": "2026-01-01", "date_joined_1": "0:0"}
    answer = as_alice.post(f"/admin/accounts/user/{bob.pk}/change/", form)

    assert answer.status_code == 302
    written = newest()
    assert (written.actor, written.action) == ("alice", "user.change")
    assert written.target == "robert"
    assert "Username" in written.detail["fields"]
