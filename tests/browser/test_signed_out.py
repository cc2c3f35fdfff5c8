"""A session that ends while a page is open: it says so, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, Route, expect
from pytest_django.fixtures import Settings

from tests.browser.conftest import PASSWORD, NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line
from tests.browser.test_live import Server

pytestmark = [pytest.mark.browser, pytest.mark.parts]

SAID: Final = "You were signed out: sign in to go on"


@pytest.fixture(autouse=True)
def cache_in_memory(settings: Settings) -> None:
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend}}


@pytest.fixture(autouse=True)
def only_answers_of_401(new_page: NewPage, complaints: list[str]) -> Iterator[None]:
    """Which htmx complains about."""
    yield
    assert [said for said in complaints if "Error Code 401" not in said] == []
    complaints.clear()


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    store.add(line(f"order {n} declined", ago_s=300 - n, host="a") for n in range(80))
    return store


def end_session(page: Page) -> None:
    """As after two weeks: the browser still names it, the site knows it no more."""
    name, address = settings.SESSION_COOKIE_NAME, page.evaluate("location.origin")
    page.context.add_cookies([{"name": name, "value": "x" * 32, "url": address}])


def offer(page: Page) -> Any:
    return page.locator("#notice").get_by_role("link", name=SAID)


def log_in(page: Page) -> None:
    expect(page.locator(".ended")).to_have_text(SAID)
    page.get_by_label("Name").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()


def test_a_query_that_is_run_after_the_end_is_run_after_the_login(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?q=order&level=INFO&range=1h&columns=host#patterns")
    page.wait_for_load_state("networkidle")
    end_session(page)
    page.fill("#q", 'order "7 declined" -x&y')
    page.keyboard.press("Enter")
    log_in(page)

    expect(page.locator("#q")).to_have_value('order "7 declined" -x&y')
    here = urlsplit(page.url)
    asked = parse_qs(here.query)
    assert {name: asked[name] for name in ("level", "range", "columns")} == {
        "level": ["INFO"],
        "range": ["1h"],
        "columns": ["host"],
    }
    assert here.fragment == "patterns"


def test_a_page_that_is_opened_after_the_end_comes_back_as_it_was(
    lines: Seeded, page: Page
) -> None:
    page.goto("/")
    end_session(page)
    page.goto("/?q=order%207&range=1h")
    log_in(page)

    expect(page).to_have_url(re.compile(r"/\?q=order%207&range=1h$"))


def test_who_was_never_logged_in_is_not_told_of_an_end(
    store: Seeded, new_page: NewPage
) -> None:
    page = new_page()
    page.goto("/?q=order")

    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.locator(".ended")).to_have_count(0)


def test_what_happens_by_itself_takes_nobody_away_from_what_is_typed(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?q=order&range=1h")
    page.wait_for_load_state("networkidle")
    end_session(page)
    page.evaluate("htmx.trigger('#status', 'refresh')")
    expect(offer(page)).to_be_visible()
    page.fill("#q", "declined")
    offer(page).click()
    log_in(page)

    expect(page).to_have_url(re.compile(r"/\?q=declined&range=1h$"))
    expect(page.locator("#q")).to_have_value("declined")


PARTS: Final[dict[str, Callable[[Page], None]]] = {
    "details": lambda page: page.keyboard.press("Enter"),
    "context": lambda page: page.keyboard.press("c"),
    "patterns": lambda page: page.keyboard.press("g"),
    "copy a line": lambda page: page.keyboard.press("y"),
    "copy a link": lambda page: page.keyboard.press("Y"),
    "older rows": lambda page: page.get_by_role("button", name="Load older").click(),
    "a level excluded": lambda page: page.locator(".facet .pick").first.click(),
    "a saved search": lambda page: page.keyboard.press("Control+s"),
}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_the_page_offers_the_login(
    lines: Seeded, page: Page, part: str
) -> None:
    page.goto("/?q=order")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    end_session(page)
    page.locator(".facet").first.hover()
    PARTS[part](page)

    expect(offer(page)).to_be_visible()
    address = urlsplit(offer(page).get_attribute("href"))
    here = page.evaluate("location.pathname + location.search + location.hash")
    assert here.startswith("/?q=order")
    assert parse_qs(address.query) == {"ended": ["1"], "next": [here]}


@pytest.mark.parametrize("stream", ["stream", "counts"])
def test_a_stream_offers_the_login(lines: Seeded, page: Page, stream: str) -> None:
    def signed_out(route: Route) -> None:
        told: Any = Client().get(f"/{stream}")
        route.fulfill(body=b"".join(told), content_type=told["Content-Type"])

    page.goto("/?q=order")
    page.wait_for_load_state("networkidle")  # what is answered takes the offer back
    page.route(f"**/{stream}?*", signed_out)
    page.fill("#q", "declined")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("declined")
    if stream == "stream":
        page.evaluate(
            """async () => {
              const going = '<li class="older" data-stream="/stream?q=x">'
                + '<progress></progress><span class="how-far"></span></li>';
              document.querySelector("#rows").insertAdjacentHTML("beforeend", going);
              (await import("/static/js/stream.js")).startStream();
            }"""
        )

    expect(offer(page)).to_be_visible()


def test_the_offer_goes_when_somebody_has_logged_in_on_another_page(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?q=order")
    page.wait_for_load_state("networkidle")
    end_session(page)
    page.evaluate("htmx.trigger('#status', 'refresh')")
    expect(offer(page)).to_be_visible()
    elsewhere = page.context.new_page()
    elsewhere.goto(offer(page).get_attribute("href"))
    log_in(elsewhere)
    page.evaluate("htmx.trigger('#status', 'refresh')")

    expect(offer(page)).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_end_looks_right(
    lines: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/?q=order")
    page.wait_for_load_state("networkidle")
    end_session(page)
    page.evaluate("htmx.trigger('#status', 'refresh')")
    expect(offer(page)).to_be_visible()
    look_at(page, "signed-out")
    offer(page).click()
    expect(page.locator(".ended")).to_be_visible()
    look_at(page, "signed-out-login")


def test_a_tail_that_ends_with_the_session_keeps_its_lines_and_what_is_typed(
    lines: Seeded, page: Page
) -> None:
    server = Server()
    page.route_web_socket(re.compile("/ws/tail"), server.connected)
    page.goto("/?live=1")
    server.entries(3)
    expect(page.locator("#rows > .row")).to_have_count(53)
    expect(page).to_have_url(re.compile("cursor="))
    page.fill("#q", "declined")
    end_session(page)
    server.sockets[-1].close(code=4401, reason="The session has ended.")

    expect(page.locator("#live")).to_have_attribute("data-state", "ended")
    expect(page.locator("#rows > .row")).to_have_count(53)
    offer(page).click()
    log_in(page)
    expect(page).to_have_url(re.compile(r"live=1&cursor=.*&q=declined$"))
