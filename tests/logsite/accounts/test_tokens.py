"""Tokens are made once, kept as a hash, and end when they are revoked."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from logsite.accounts import tokens
from logsite.accounts.grants import lookup
from logsite.accounts.models import Token

pytestmark = pytest.mark.django_db


def test_it_keeps_only_the_hash() -> None:
    _, plain = tokens.create("shipper", ["ingest"])

    row = Token.objects.values().get()

    assert plain.startswith("lgs_")
    assert len(plain) == 47
    assert not any(plain in str(value) for value in row.values())
    assert row["digest"] == tokens.digest_of(plain)


def test_it_finds_what_the_holder_may_do() -> None:
    token, plain = tokens.create("shipper", ["ingest"], ["payment-service"])

    grant = lookup(tokens.digest_of(plain))

    assert grant
    assert (grant.token_id, grant.name) == (str(token.pk), "shipper")
    assert grant.scopes == {"ingest"}
    assert grant.services == {"payment-service"}
    assert grant.default_service == "payment-service"


def test_a_token_for_any_service_names_none() -> None:
    _, plain = tokens.create("shipper", ["ingest"])

    grant = lookup(tokens.digest_of(plain))

    assert grant
    assert grant.services == frozenset()
    assert grant.default_service == "unknown"


def test_admin_includes_read_but_not_ingest() -> None:
    _, plain = tokens.create("ops", ["admin"])

    grant = lookup(tokens.digest_of(plain))

    assert grant
    assert grant.scopes == {"admin", "read"}


def test_an_unknown_token_is_nobody() -> None:
    assert lookup(tokens.digest_of("lgs_" + "x" * 43)) is None


def test_a_revoked_token_is_nobody() -> None:
    token, plain = tokens.create("shipper", ["ingest"])

    assert tokens.revoke("shipper") == [token]
    assert lookup(tokens.digest_of(plain)) is None


def test_it_revokes_by_prefix() -> None:
    token, _ = tokens.create("shipper", ["ingest"])

    assert tokens.revoke(token.prefix) == [token]


def test_a_name_belongs_to_one_valid_token() -> None:
    tokens.create("shipper", ["ingest"])

    with pytest.raises(ValidationError, match="has this name already"):
        tokens.create("shipper", ["ingest"])


def test_a_revoked_token_leaves_its_name() -> None:
    tokens.create("shipper", ["ingest"])
    tokens.revoke("shipper")

    token, _ = tokens.create("shipper", ["read"])

    assert token.name == "shipper"


def test_a_token_without_scope_is_refused() -> None:
    with pytest.raises(ValidationError):
        tokens.create("useless", [])
