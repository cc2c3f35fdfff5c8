"""Every admin page opens; tokens show their text once and their hash never."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from logsite.accounts import tokens
from logsite.accounts.models import Token, User
from logsite.audit.models import AuditEntry
from stats.models import Delivery, Incident, Transition
from tests.stats.alerts.made import fired

MODELS = list(admin.site._registry)
WRITTEN = (Delivery, Incident, Transition)  # by logsite itself: people only read them


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("page", ["changelist", "add"])
def test_every_page_opens(as_alice: Client, model: type[Model], page: str) -> None:
    options = model._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_{page}")

    wanted = 403 if page == "add" and model in WRITTEN else 200
    assert as_alice.get(url).status_code == wanted


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_opens(as_alice: Client, alice: User, model: type[Model]) -> None:
    tokens.create("shipper", ["ingest"], ["a", "b"])
    Group.objects.create(name="readers")
    fired()
    options = model._meta
    row = model._default_manager.first()
    assert row
    url = reverse(
        f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk]
    )

    assert as_alice.get(url).status_code == 200


def test_admin_pages_are_not_for_readers(as_bob: Client) -> None:
    assert as_bob.get("/admin/accounts/token/").status_code == 302


def add_token(client: Client) -> str:
    fields = {"name": "shipper", "scopes": ["ingest"], "services": "a, b"}
    response = client.post("/admin/accounts/token/add/", fields, follow=True)
    return response.content.decode()


def test_it_shows_a_new_token_once(as_alice: Client) -> None:
    shown = re.findall(r"lgs_[\w-]{43}", add_token(as_alice))

    assert len(shown) == 1
    token = Token.objects.get()
    assert token.digest == tokens.digest_of(shown[0])
    assert token.services == ["a", "b"]
    assert shown[0] not in as_alice.get("/admin/accounts/token/").content.decode()


def test_it_never_shows_the_hash(as_alice: Client) -> None:
    add_token(as_alice)
    token = Token.objects.get()

    page = as_alice.get(f"/admin/accounts/token/{token.pk}/change/").content.decode()

    assert token.digest.hex() not in page
    assert "digest" not in page


def test_changing_a_token_keeps_its_secret(as_alice: Client) -> None:
    token, _ = tokens.create("shipper", ["ingest"])
    fields = {"name": "renamed", "scopes": ["read"], "services": ""}

    as_alice.post(f"/admin/accounts/token/{token.pk}/change/", fields)

    changed = Token.objects.get()
    assert (changed.name, changed.scopes) == ("renamed", ["read"])
    assert changed.digest == token.digest


def test_it_revokes_the_selected_tokens(as_alice: Client) -> None:
    token, _ = tokens.create("shipper", ["ingest"])

    action = {"action": "revoke", "_selected_action": [token.pk]}
    as_alice.post("/admin/accounts/token/", action)

    assert Token.objects.get().revoked


def test_a_name_that_is_taken_is_said_in_the_form(as_alice: Client) -> None:
    tokens.create("shipper", ["ingest"])

    assert "has this name already" in add_token(as_alice)


def test_limits_are_typed_as_people_write_them(as_alice: Client) -> None:
    fields = {"name": "shipper", "scopes": ["ingest"], "bytes_per_day": "10 GB"}
    as_alice.post("/admin/accounts/token/add/", fields)

    token = Token.objects.get()
    assert (token.bytes_per_day, token.created_by) == (10**10, "alice")


def test_what_is_done_here_is_written_down(as_alice: Client) -> None:
    add_token(as_alice)
    action = {"action": "revoke", "_selected_action": [Token.objects.get().pk]}
    as_alice.post("/admin/accounts/token/", action)

    revoked, made = AuditEntry.objects.filter(action__startswith="token.")
    assert (made.action, made.actor) == ("token.create", "alice")
    assert (revoked.action, revoked.target) == ("token.revoke", "shipper")


def test_tokens_and_the_trail_of_them_are_not_deleted_here(as_alice: Client) -> None:
    token, _ = tokens.create("shipper", ["ingest"])

    answer = as_alice.post(f"/admin/accounts/token/{token.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert (
        "delete_selected" not in as_alice.get("/admin/accounts/user/").content.decode()
    )
