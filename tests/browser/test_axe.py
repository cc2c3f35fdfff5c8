"""No page, in no state, has what keeps people from using it: asked of axe-core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.urls import URLPattern, get_resolver
from playwright.sync_api import Page, expect

from logsite.accounts.models import User
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, serious
from tests.browser.seed import Seeded, line
from tests.browser.test_looks import LEVELS

pytestmark = [pytest.mark.browser, pytest.mark.parts]

LOOKS: Final = [
    pytest.param("dark", WIDE, id="dark-wide"),
    pytest.param("light", PHONE, id="light-phone"),
]
TRACE: Final = "\n".join(["failed", *(f"\tat a.B.c{n}(B.java:1)" for n in range(20))])
# Not ours, or no pages: the administration of Django, texts for machines.
APART: Final = (
    "admin/",
    "api/",
    "i18n/",
    "healthz",
    "readyz",
    "metrics",
    "favicon.ico",
)


@pytest.fixture
def lines(store: Seeded, user: User) -> Seeded:
    user.is_staff = user.is_superuser = True
    user.save()
    store.add(
        line(
            f"order {n} \x1b[3{n % 8}mcoloured\x1b[0m",
            LEVELS[n % 6],
            ago_s=90 - n,
            host=f"web-{n % 3}",
            many={f"field_{m}": m for m in range(12)},
        )
        for n in range(40)
    )
    store.add([line(TRACE, "ERROR", host="web-1", retries=3)])
    return store


def addresses() -> Iterator[str]:
    """Of every page that needs no name or number: none is forgotten."""
    for included in get_resolver().url_patterns:
        patterns = getattr(included, "url_patterns", [included])
        for one in patterns:
            route = str(getattr(one, "pattern", ""))
            if isinstance(one, URLPattern) and not set("<(^") & set(route):
                yield route


def is_page(page: Page, address: str) -> bool:
    answer = page.request.get(f"/{address}", max_redirects=0)
    is_html = "text/html" in answer.headers.get("content-type", "")
    return is_html and "<html" in answer.text()


@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_every_page_can_be_used_by_everybody(
    lines: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    found: dict[str, list[str]] = {}
    for address in addresses():
        if address.startswith(APART) or not is_page(page, address):
            continue
        page.goto(f"/{address}")
        found[address] = serious(page)

    assert {"", "dashboard", "alerts", "kafka", "pipeline"} <= found.keys()
    assert {address: said for address, said in found.items() if said} == {}


def opened(page: Page) -> None:
    page.goto("/?columns=host,retries")
    page.locator(".row .line", has_text="failed").click()
    page.locator(".entry .frames summary").click()
    expect(page.locator(".entry .message")).to_contain_text("c19")


def beside(page: Page) -> None:
    opened(page)
    page.keyboard.press("p")


def as_json(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="JSON").click()


def around(page: Page) -> None:
    opened(page)
    page.get_by_role("link", name="Lines around it").click()
    expect(page.locator(".around .here")).to_be_visible()


def entry_page(page: Page) -> None:
    page.goto("/")
    page.goto(f"/entries/{page.locator('.row').first.get_attribute('data-id')}")


def menu(selector: str) -> Callable[[Page], None]:
    def open_menu(page: Page) -> None:
        page.goto("/")
        page.locator(f"{selector} > summary").click()
        expect(page.locator(f"{selector} .menu-body")).to_be_visible()

    return open_menu


def keys(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def at(address: str) -> Callable[[Page], object]:
    return lambda page: page.goto(address)


STATES: Final[dict[str, Callable[[Page], object]]] = {
    "open line": opened,
    "panel": beside,
    "json": as_json,
    "context": around,
    "entry": entry_page,
    "range": menu("#range"),
    "grammar": menu(".grammar"),
    "save and share": menu(".uses"),
    "keys": keys,
    "remark": at("/?q=NOT+FOUND"),
    "wrong text": at("/?q=level:wran"),
    "no match": at("/?q=nowhere"),
    "wrong filter": at("/?range=never"),
}


@pytest.mark.parametrize(("theme", "size"), LOOKS)
def test_every_state_of_the_search_page_can_be_used_by_everybody(
    lines: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    found: dict[str, list[str]] = {}
    for name, show in STATES.items():
        show(page)
        found[name] = serious(page)

    assert {name: said for name, said in found.items() if said} == {}
