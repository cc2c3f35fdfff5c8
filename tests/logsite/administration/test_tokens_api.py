"""/api/tokens: for admins; a token's text is answered once and never again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ingest.edge.uses import Uses, sender
from logsite.accounts import seen, tokens
from logsite.accounts.grants import lookup
from logsite.accounts.models import Token
from logsite.audit.models import AuditEntry
from tests.logsite.administration.test_audit_api import as_ops

__all__ = ["as_ops"]
pytestmark = pytest.mark.django_db
SHIPPER = {"name": "shipper", "scopes": ["ingest"], "services": ["api"]}


def make(client: Client, **changes: Any) -> Any:
    return client.post("/api/tokens", SHIPPER | changes, "application/json")


def patch(client: Client, token_id: int, **changes: Any) -> Any:
    return client.patch(f"/api/tokens/{token_id}", changes, "application/json")


def test_it_makes_a_token_that_works(as_ops: Client) -> None:
    answer = make(as_ops, bytes_per_day=10**9)

    made = answer.json()
    grant = lookup(tokens.digest_of(made["token"]))
    assert answer.status_code == 201
    assert grant is not None
    assert grant.services == {"api"}
    assert grant.scopes == {"ingest"}
    assert grant.rates
    assert grant.rates.bytes_per_day == 10**9
    assert made["created_by"] == "token ops"


def test_it_never_shows_a_token_again(as_ops: Client) -> None:
    made = make(as_ops).json()

    for path in ("/api/tokens", f"/api/tokens/{made['id']}", "/api/audit"):
        text = as_ops.get(path).content.decode()
        assert "shipper" in text
        assert made["token"] not in text
        assert tokens.digest_of(made["token"]).hex() not in text


def test_it_says_what_is_wrong_with_a_token(as_ops: Client) -> None:
    make(as_ops)

    wrong: list[dict[str, Any]] = [
        {},  # its name is taken
        {"name": ""},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "services": [""]},
        {"name": "x", "rate_entries": -1},
        {"name": "x", "bytes_per_day": 2**61},
        {"name": "x", "rate": 5},
    ]
    for changes in wrong:
        answer = make(as_ops, **changes)
        assert answer.status_code == 400, changes
        assert answer.json()["error"]["code"] in ("invalid_token", "invalid_parameter")


def test_it_changes_what_is_named(as_ops: Client) -> None:
    made = make(as_ops, rate_entries=5).json()

    answer = patch(as_ops, made["id"], bytes_per_day=500, services=[])

    assert answer.status_code == 200
    token = Token.objects.get(name="shipper")
    assert (token.rate_entries, token.bytes_per_day, token.services) == (5, 500, [])
    assert token.digest == tokens.digest_of(made["token"])
    assert AuditEntry.objects.all()[0].detail == {
        "from": {"services": ["api"]},
        "to": {"bytes_per_day": 500, "services": []},
    }


def test_null_gives_a_token_the_sites_limit_again(as_ops: Client) -> None:
    made = make(as_ops, rate_entries=5).json()

    patch(as_ops, made["id"], rate_entries=None)

    assert Token.objects.get(name="shipper").rate_entries is None


def test_a_change_that_is_wrong_changes_nothing(as_ops: Client) -> None:
    make(as_ops)
    other = make(as_ops, name="other").json()

    assert patch(as_ops, other["id"], name="shipper").status_code == 400
    assert patch(as_ops, other["id"], scopes=[]).status_code == 400
    assert Token.objects.get(pk=other["id"]).name == "other"


def test_a_revoked_token_is_nobody_and_stays_listed(as_ops: Client) -> None:
    made = make(as_ops).json()

    answer = as_ops.delete(f"/api/tokens/{made['id']}")

    assert answer.status_code == 204
    assert lookup(tokens.digest_of(made["token"])) is None
    assert names(as_ops) == ["ops"]
    assert names(as_ops, "?revoked=true") == ["ops", "shipper"]
    assert patch(as_ops, made["id"], rate_entries=5).status_code == 409
    assert AuditEntry.objects.all()[0].action == "token.revoke"


def names(client: Client, query: str = "") -> list[str]:
    return [one["name"] for one in client.get(f"/api/tokens{query}").json()["tokens"]]


def test_revoking_twice_is_one_deed(as_ops: Client) -> None:
    made = make(as_ops).json()

    as_ops.delete(f"/api/tokens/{made['id']}")
    again = as_ops.delete(f"/api/tokens/{made['id']}")

    assert again.status_code == 204
    assert AuditEntry.objects.filter(action="token.revoke").count() == 1


def test_it_shows_who_used_a_token_and_how_much(as_ops: Client) -> None:
    made, uses, now = make(as_ops).json(), Uses(), timezone.now()
    uses.saw(str(made["id"]), sender("192.0.2.7", "Vector/0.5"), now)
    uses.add(str(made["id"]), now, entries=1, size=123)
    seen.tell("first", uses.take_changed())

    found = as_ops.get(f"/api/tokens/{made['id']}").json()

    (who,) = found["senders"]
    assert (who["address"], who["agent"]) == ("192.0.2.7", "Vector/0.5")
    assert found["bytes_today"] == 123
    assert found["last_used"] is not None


def test_reading_with_a_token_is_a_use_of_it(as_ops: Client) -> None:
    seen.uses.take_changed()
    ops = Token.objects.get(name="ops")

    as_ops.get("/api/tokens", REMOTE_ADDR="192.0.2.7", headers={"User-Agent": "curl"})

    changed = seen.uses.take_changed()
    (use,) = [use for (token_id, _), use in changed.items() if token_id == str(ops.pk)]
    assert sender("192.0.2.7", "curl") in use.senders


def test_a_token_that_is_not_there(as_ops: Client) -> None:
    assert as_ops.get("/api/tokens/999").status_code == 404
    assert as_ops.delete("/api/tokens/999").status_code == 404
    assert patch(as_ops, 999, rate_entries=1).status_code == 404


def test_readers_and_senders_are_refused(as_bob: Client) -> None:
    _, plain = tokens.create("reader", ["ingest", "read"])
    reader = Client(headers={"Authorization": f"Bearer {plain}"})

    for client in (as_bob, reader):
        answers = [
            client.get("/api/tokens"),
            client.get("/api/tokens/1"),
            make(client),
            patch(client, 1, rate_entries=1),
            client.delete("/api/tokens/1"),
        ]
        assert [one.status_code for one in answers] == [403] * 5
    assert Token.objects.count() == 1


def test_a_page_of_another_site_makes_no_token_with_a_cookie(as_alice: Client) -> None:

    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_alice.cookies

    assert make(strict).status_code == 403
    assert make(as_alice).status_code == 201
