"""One entry from POST to the page that a person looks at, through every real part."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.parts]
WAIT_MS = 20_000
PASSWORD = "correct horse battery"


MAKE_ALICE = f"""
from logsite.accounts.models import User
User.objects.filter(username="alice").delete()
User.objects.create_user("alice", "", {PASSWORD!r})
"""


def make_alice(site: Site) -> None:
    site.manage("shell", "-c", MAKE_ALICE)


def log_in(page: Page, site: Site) -> None:
    page.goto("/login")
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site.address}/")


def test_a_posted_entry_is_found_in_the_browser(site: Site, page: Page) -> None:
    entry = {
        "service": "payment-service",
        "level": "error",
        "message": "refund of order-90210 failed: issuer timed out",
        "metadata": {"issuer": "northbank"},
    }
    answer = site.post(json.dumps(entry))
    assert answer.status_code == 202
    site.wait_until_visible()
    make_alice(site)
    log_in(page, site)

    page.fill("[name=q]", "northbank timed out")
    page.press("[name=q]", "Enter")

    row = page.get_by_role("listitem").filter(has_text="refund of order-90210").first
    expect(row).to_be_visible()
    page.wait_for_load_state("networkidle")  # its scripts are there
    row.get_by_role("link").click()
    expect(page.get_by_role("rowheader", name="issuer")).to_be_visible(timeout=WAIT_MS)
