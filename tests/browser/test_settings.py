"""The settings pages in a browser: tokens are made, edited, revoked; the trail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from ingest.edge.rates import Rates
from ingest.edge.uses import Uses, sender
from logsite.accounts import seen, tokens
from logsite.accounts.models import Token, User
from logsite.audit.actors import Actor
from logsite.audit.models import Kind
from logsite.audit.recording import record
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded

pytestmark = [pytest.mark.browser, pytest.mark.parts]
PLAIN = re.compile(r"^lgs_[\w-]{43}$")


@pytest.fixture
def admin(user: User) -> User:
    user.is_superuser = user.is_staff = True
    user.save()
    return user


@pytest.fixture
def used(store: Seeded, admin: User) -> Token:
    """Some tokens, one of them near its quota, with those that use it."""
    by, now, uses = Actor(Kind.USER, "bob"), timezone.now(), Uses()
    limits = Rates(500, 10**6, 2 * 10**9)
    services = ["payment-service", "auth-service"]
    token, _ = tokens.create("fluent-bit-eu", ["ingest"], services, limits, by)
    full, _ = tokens.create(
        "a-very-long-name-of-a-token-that-somebody-thought-explains-it-all",
        ["ingest", "read"],
        rates=Rates(bytes_per_day=1_000),
        by=Actor.command(),
    )
    tokens.create("grafana", ["read"], by=by)
    tokens.create("old-shipper", ["ingest"], by=by)
    tokens.revoke("old-shipper", by)
    uses.add(str(token.pk), now, entries=900_000, size=1_432_000_000)
    uses.add(str(full.pk), now, entries=10, size=1_234)
    for number in range(6):
        agent = "Fluent-Bit v4.0.1" if number % 2 else "OTel-OTLP-Exporter-Python/1.30"
        who = sender(f"10.20.{number}.{7 * number}", agent)
        uses.saw(str(token.pk), who, now - timedelta(minutes=50 - number))
    seen.tell("one-web", uses.take_changed())
    return token


@pytest.fixture
def trail(used: Token) -> None:
    """What several people and programs did."""
    bob = Actor(Kind.USER, "bob", "192.0.2.7")
    ops = Actor(Kind.TOKEN, "ops", "2001:db8:85a3:8d3:1319:8a2e:370:7348")
    record(Actor(Kind.USER, "", "198.51.100.9"), "login.failed", "", {"known": False})
    settings = {"retention.ms": "86400000", "cleanup.policy": "delete"}
    record(ops, "topic.create", "orders", {"partitions": 12, "settings": settings})
    record(Actor.command(), "group.reset", "billing/orders", {"offsets": {"0": 41}})
    record(bob, "rule.change", "Too many declined cards", {"fields": ["threshold"]})


def test_a_token_is_made_copied_and_gone(
    store: Seeded, admin: User, reader: NewPage
) -> None:
    page = reader(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/settings")
    page.get_by_role("link", name="Tokens").click()
    expect(page.locator(".state")).to_contain_text("No program has a token")
    page.get_by_role("link", name="Make a token").click()
    page.get_by_label("Name").fill("shipper")
    page.get_by_label("Services").fill("api, web")
    page.get_by_label("Bytes per day").fill("10 GB")
    page.get_by_role("button", name="Make the token").click()

    expect(page.locator("#plain")).to_have_text(PLAIN)
    page.wait_for_load_state()  # its words are there before its buttons do anything
    page.get_by_role("button", name="Copy the token").click()
    expect(page.locator("#said")).to_have_text("Copied")
    plain = page.locator("#plain").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == plain
    assert Token.objects.get().digest == tokens.digest_of(plain)
    expect(page.locator("#first-line")).to_contain_text(f"Bearer {plain}")
    page.get_by_role("link", name="Done: I have copied it").click()
    expect(page.locator("body")).not_to_contain_text(plain)


def test_a_mistake_is_said_beside_its_field(
    store: Seeded, used: Token, page: Page
) -> None:
    page.goto(f"/settings/tokens/{used.pk}")
    page.get_by_label("Bytes per day").fill("plenty")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".error")).to_have_text(
        "Write a size as 500 MB, 10 GB or 1048576."
    )
    expect(page.get_by_label("Bytes per day")).to_have_value("plenty")


def test_limits_are_changed(used: Token, page: Page) -> None:
    page.goto(f"/settings/tokens/{used.pk}")
    expect(page.get_by_label("Bytes per day")).to_have_value("2 GB")
    page.get_by_label("Bytes per day").fill("3 GB")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".done")).to_contain_text("Saved.")
    assert Token.objects.get(pk=used.pk).bytes_per_day == 3 * 10**9


def test_a_token_is_revoked_by_keys_alone(used: Token, page: Page) -> None:
    page.goto(f"/settings/tokens/{used.pk}")
    page.locator(".removal summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("fluent-bit-eu")
    page.keyboard.press("Enter")

    expect(page.locator(".done")).to_contain_text("fluent-bit-eu was revoked")
    assert Token.objects.get(pk=used.pk).revoked
    page.get_by_role("link", name="Show 2 that were revoked").click()
    expect(page.locator(".over")).to_have_count(2)


def test_another_name_revokes_nothing(used: Token, page: Page) -> None:
    page.goto(f"/settings/tokens/{used.pk}")
    page.locator(".removal summary").click()
    page.get_by_label("Type the name of the token").fill("grafana")
    page.get_by_role("button", name="Revoke token fluent-bit-eu").click()

    expect(page.locator(".error")).to_have_text("This is not the name of the token.")
    expect(page.locator(".removal")).to_have_attribute("open", "")
    assert Token.objects.get(pk=used.pk).revoked is None


def test_it_shows_who_uses_a_token_and_how_much(used: Token, page: Page) -> None:
    page.goto("/settings/tokens")
    page.get_by_role("link", name="fluent-bit-eu").click()

    expect(page.locator(".facts")).to_contain_text("1.43 GB")
    expect(page.locator(".facts")).to_contain_text("71.6 %")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.first).to_contain_text("10.20.5.35")
    expect(rows.first).to_contain_text("Fluent-Bit v4.0.1")


def test_the_trail_is_filtered(trail: None, page: Page) -> None:
    page.goto("/settings/audit")
    expect(page.locator(".trail")).to_contain_text("retention.ms")
    page.get_by_label("Action").fill("topic")
    page.get_by_role("button", name="Filter").click()

    expect(page.locator(".trail tbody tr")).to_have_count(1)
    expect(page.get_by_label("Action")).to_have_value("topic")
    page.get_by_role("link", name="Clear").click()
    expect(page.locator(".trail tbody tr").nth(1)).to_be_visible()


def test_hostile_names_are_text(store: Seeded, admin: User, page: Page) -> None:
    evil = "<img src=x onerror=alert(1)>"
    token, _ = tokens.create(evil, ["ingest"], [evil])
    uses = Uses()
    uses.saw(str(token.pk), sender("10.0.0.1", evil), timezone.now())
    seen.tell("one-web", uses.take_changed())

    for path in ("/settings/tokens", f"/settings/tokens/{token.pk}", "/settings/audit"):
        page.goto(path)
        expect(page.locator("table")).to_contain_text(evil)
        expect(page.locator("img[src=x]")).to_have_count(0)


PAGES = {
    "settings": "/settings",
    "tokens": "/settings/tokens?revoked=1",
    "new-token": "/settings/tokens/new",
    "token": "/settings/tokens/{pk}",
    "audit": "/settings/audit",
}


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_they_look_right(
    used: Token, trail: None, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    for name, path in PAGES.items():
        page.goto(path.format(pk=used.pk))
        look_at(page, name)
    page.goto("/settings/tokens/new")
    page.get_by_label("Name").fill("shipper")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#plain")).to_be_visible()
    look_at(page, "made-token")
