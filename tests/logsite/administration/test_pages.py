"""The settings pages: who may open them, and what they do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from logsite.accounts import tokens
from logsite.accounts.grants import lookup
from logsite.accounts.models import Token, User
from logsite.audit.actors import Actor
from logsite.audit.models import AuditEntry, Kind
from logsite.audit.recording import record

pytestmark = pytest.mark.django_db
FORM = {"name": "shipper", "scopes": ["ingest"], "services": "api, web"}
PLAIN = re.compile(r"lgs_[\w-]{43}")


@pytest.fixture
def token(db: None) -> Token:
    return tokens.create("shipper", ["ingest"])[0]


def page_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_strangers_are_sent_to_log_in() -> None:
    for path in ("/settings", "/settings/tokens", "/settings/tokens/new"):
        assert Client().get(path).url.startswith("/login")  # type: ignore[attr-defined]


def test_readers_are_told_what_they_would_need(as_bob: Client, token: Token) -> None:
    paths = ["/settings/tokens", "/settings/tokens/new", "/settings/audit"]
    paths.append(reverse("settings-token", args=[token.pk]))

    for path in paths:
        assert "needs the permission" in page_of(as_bob, path, 403)
    assert as_bob.get("/settings").status_code == 403
    assert "/settings" not in page_of(as_bob, "/alerts")


def test_the_rail_and_the_hub_lead_to_all(as_alice: Client) -> None:
    assert 'href="/settings"' in page_of(as_alice, "/alerts")

    hub = page_of(as_alice, "/settings")

    for path in ("/settings/tokens", "/settings/audit", "/admin/"):
        assert f'href="{path}"' in hub


def test_staff_without_permissions_see_what_they_lack(bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    client = Client()
    client.force_login(bob)

    hub = page_of(client, "/settings")

    assert "/settings/tokens" not in hub
    assert "permissions that an admin can give you" in hub


def test_who_may_only_look_is_offered_no_change(bob: User, token: Token) -> None:
    bob.user_permissions.add(Permission.objects.get(codename="view_token"))
    client = Client()
    client.force_login(bob)

    assert "Make a token" not in page_of(client, "/settings/tokens")
    page = page_of(client, f"/settings/tokens/{token.pk}")
    assert "Revoke" not in page
    assert "token-form" not in page
    answer = client.post(f"/settings/tokens/{token.pk}", FORM)
    assert answer.status_code == 403
    assert client.post(f"/settings/tokens/{token.pk}/revoke").status_code == 403


def test_a_new_token_is_shown_once_with_a_line_that_works(as_alice: Client) -> None:
    answer = as_alice.post("/settings/tokens/new", FORM)

    shown = set(PLAIN.findall(answer.content.decode()))
    assert answer.status_code == 201
    assert len(shown) == 1
    plain = shown.pop()
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.context["command"].startswith("curl http://testserver/api/logs \\")
    assert f"Bearer {plain}" in answer.context["command"]
    token = Token.objects.get()
    assert lookup(tokens.digest_of(plain)) is not None
    assert (token.services, token.created_by) == (["api", "web"], "alice")
    for path in ("/settings/tokens", f"/settings/tokens/{token.pk}", "/settings/audit"):
        assert not PLAIN.search(page_of(as_alice, path))


def test_a_name_with_a_quote_does_not_break_the_line(as_alice: Client) -> None:
    form = {**FORM, "services": "it's; rm -rf /"}

    command = as_alice.post("/settings/tokens/new", form).context["command"]

    assert """'{"service": "it'"'"'s; rm -rf /",""" in command


@pytest.mark.parametrize(
    ("scopes", "path"), [(["read"], "api/logs?limit=10"), (["admin"], "api/tokens")]
)
def test_the_line_fits_what_the_token_may_do(
    as_alice: Client, scopes: list[str], path: str
) -> None:
    answer = as_alice.post("/settings/tokens/new", {**FORM, "scopes": scopes})

    assert f'"http://testserver/{path}"' in answer.context["command"]


def test_a_form_that_is_wrong_says_where(as_alice: Client, token: Token) -> None:
    answer = as_alice.post("/settings/tokens/new", {**FORM, "bytes_per_day": "much"})

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Write a size as 500 MB" in page
    assert "has this name already" in page


def test_limits_are_edited_as_people_write_them(as_alice: Client, token: Token) -> None:
    form = {**FORM, "rate_entries": "50", "bytes_per_day": "1.5 GB"}

    answer = as_alice.post(f"/settings/tokens/{token.pk}", form, follow=True)

    changed = Token.objects.get()
    assert (changed.rate_entries, changed.rate_bytes) == (50, None)
    assert changed.bytes_per_day == 1_500_000_000
    assert "Saved." in answer.content.decode()
    assert 'value="1,500 MB"' in answer.content.decode()
    assert AuditEntry.objects.all()[0].action == "token.change"


def test_a_change_that_is_refused_shows_what_is_stored(
    as_alice: Client, token: Token
) -> None:
    form = {**FORM, "name": "", "rate_entries": "50"}

    answer = as_alice.post(f"/settings/tokens/{token.pk}", form)

    assert answer.status_code == 400
    assert answer.context["token"].name == "shipper"
    assert Token.objects.get().rate_entries is None


def test_it_is_revoked_by_typing_its_name(as_alice: Client, token: Token) -> None:
    path = f"/settings/tokens/{token.pk}/revoke"

    wrong = as_alice.post(path, {"typed": "other"})
    assert wrong.status_code == 400
    assert "This is not the name of the token." in wrong.content.decode()
    assert Token.objects.get().revoked is None

    answer = as_alice.post(path, {"typed": "shipper"}, follow=True)
    assert Token.objects.get().revoked
    assert "was revoked" in answer.content.decode()
    assert "shipper" in page_of(as_alice, "/settings/tokens?revoked=1")


def test_a_revoked_token_cannot_be_changed(as_alice: Client, token: Token) -> None:
    tokens.revoke("shipper")

    page = page_of(as_alice, f"/settings/tokens/{token.pk}")

    assert "What it may do" not in page
    answer = as_alice.post(f"/settings/tokens/{token.pk}", FORM)
    assert answer.status_code == 403


def deed(**changes: Any) -> AuditEntry:
    given = {"action": "topic.create", "target": "orders"} | changes
    return record(Actor(Kind.USER, "carol", "192.0.2.7"), **given)


def test_the_trail_is_shown_and_filtered(as_alice: Client) -> None:
    deed(detail={"partitions": 3, "why": "<b>load</b>"})
    deed(action="topic.delete", target="payments")

    whole = page_of(as_alice, "/settings/audit")
    assert "orders" in whole
    assert "payments" in whole
    assert "&lt;b&gt;load&lt;/b&gt;" in whole
    filtered = page_of(as_alice, "/settings/audit?action=topic.delete&actor=carol")
    assert "payments" in filtered
    assert ">orders" not in filtered
    nothing = page_of(as_alice, "/settings/audit?target=nowhere")
    assert "Nothing was done that fits" in nothing


def test_the_trail_goes_on_with_the_same_filters(as_alice: Client) -> None:
    for number in range(120):
        deed(target=f"t{number:03}")
    seen: list[str] = []
    path = "/settings/audit?action=topic"
    while path:
        page = page_of(as_alice, path)
        seen += re.findall(r"t\d{3}", page)
        older = re.search(r'href="([^"]*)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""

    assert seen == [f"t{number:03}" for number in reversed(range(120))]


def test_an_address_that_somebody_wrote_by_hand_is_no_error(as_alice: Client) -> None:
    deed()

    for query in ("cursor=x", "cursor=-1", "start=yesterday", "action=%00"):
        assert as_alice.get(f"/settings/audit?{query}").status_code == 200


@pytest.mark.parametrize(
    ("codename", "path"),
    [("view_token", "/settings/tokens"), ("view_auditentry", "/settings/audit")],
)
def test_who_is_no_staff_is_led_to_the_first_page_they_may_open(
    bob: User, codename: str, path: str
) -> None:
    bob.user_permissions.add(Permission.objects.get(codename=codename))
    client = Client()
    client.force_login(bob)

    answer = client.get("/settings/", follow=True)

    assert answer.redirect_chain == [("/settings", 302), (path, 302)]
    assert 'href="/settings"' in answer.content.decode()
