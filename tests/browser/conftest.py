"""A browser that is logged in, on a real MongoDB; errors in its console fail a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pymongo.database import Database
from pytest_django.live_server_helper import LiveServer

from ingest import mongo as mongodb
from logsite.accounts.models import User
from logsite.embedded.frontend import ensure_vendor
from tests.browser.seed import Seeded

NAMES = ("chromium", "chromium-browser", "google-chrome")
PASSWORD = "correct horse battery"

NewPage = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Of this package only: while it runs, no other test may have an event loop."""
    path = next(filter(None, map(shutil.which, NAMES)))
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; Django would take tests for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="package", autouse=True)
def static_files() -> None:
    ensure_vendor()


@pytest.fixture
def store(mongo: Database[dict[str, Any]], mongo_url: str) -> Iterator[Seeded]:
    """What the pages read: empty at first."""
    mongodb.configure(mongo_url.replace("/logsite?", f"/{mongo.name}?"))
    database = mongodb.database()
    yield Seeded(database)
    database.client.close()
    mongodb.configure(settings.MONGO_URL)


@pytest.fixture
def user(transactional_db: None) -> User:
    return User.objects.create_user("bob", "", PASSWORD)


@pytest.fixture
def complaints() -> list[str]:
    """Errors in the console; a test that wants some clears them at its end."""
    return []


@pytest.fixture
def new_page(
    chromium: Browser, live_server: LiveServer, complaints: list[str]
) -> Iterator[NewPage]:
    """Opens pages that nobody is logged in to; keyword arguments are Chromium's."""
    opened: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        options = {"viewport": {"width": 1440, "height": 900}} | options
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: _complain(said.type, said.text, complaints))
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []


def _complain(kind: str, text: str, complaints: list[str]) -> None:
    # An answer of 400, 404 or 503 is what some tests ask for.
    if kind in ("error", "warning") and "the server responded with" not in text:
        complaints.append(text)


def logged_in(new_page: NewPage, live_server: LiveServer, person: User) -> NewPage:
    """Opens pages that a person is logged in to."""

    def open_page(**options: Any) -> Page:
        page = new_page(**options)
        client = Client()
        client.force_login(person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
        return page

    return open_page


@pytest.fixture
def reader(
    store: Seeded, user: User, new_page: NewPage, live_server: LiveServer
) -> NewPage:
    """Opens pages that Bob is logged in to."""
    return logged_in(new_page, live_server, user)


@pytest.fixture
def staff(user: User, reader: NewPage) -> NewPage:
    """Opens pages of somebody who may change things for everybody."""
    user.is_staff = True
    user.save()
    return reader


@pytest.fixture
def colleague(new_page: NewPage, live_server: LiveServer) -> NewPage:
    """Opens pages that Dora is logged in to."""
    dora = User.objects.create_user("dora", "", PASSWORD)
    return logged_in(new_page, live_server, dora)


@pytest.fixture
def page(reader: NewPage) -> Page:
    return reader(permissions=["clipboard-read", "clipboard-write"])
