"""Logging in, and the pages around it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from pytest_django.fixtures import Settings

from logsite.accounts.models import User
from tests.browser.conftest import PASSWORD, NewPage
from tests.browser.seed import Seeded

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture(autouse=True)
def cache_in_memory(settings: Settings) -> None:
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend}}


def test_a_reader_logs_in_and_lands_where_they_wanted(
    store: Seeded, user: User, new_page: NewPage
) -> None:
    page = new_page(timezone_id="Asia/Seoul")
    page.goto("/?q=card")
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label("Name").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    expect(page.locator("#q")).to_have_value("card")
    expect(page.locator("#found")).to_have_attribute("data-zone", "Asia/Seoul")


def test_a_wrong_password_is_said_beside_the_form(
    user: User, new_page: NewPage
) -> None:
    page = new_page()
    page.goto("/login")
    page.get_by_label("Name").fill("bob")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("bob")


def test_the_site_speaks_korean_when_asked(store: Seeded, reader: NewPage) -> None:
    page = reader()
    page.goto("/")
    page.locator(".you summary").click()
    page.get_by_role("button", name="한국어").click()

    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.get_by_role("button", name="실행")).to_be_visible()


def test_a_theme_is_chosen_at_once_and_stays(store: Seeded, reader: NewPage) -> None:
    page = reader(color_scheme="light")
    page.goto("/")
    page.locator(".you summary").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
