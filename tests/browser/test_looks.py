"""Both themes, both widths: nothing sticks out, and axe finds nothing serious."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from logsite.accounts.models import User
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]

LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")

# By how much it is wider than the box.
WIDTH_OF_EXAMPLE = """box => {
  const style = getComputedStyle(box, "::placeholder");
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontSize} ${style.fontFamily}`;
  const { paddingLeft, paddingRight } = getComputedStyle(box);
  const room = box.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  return pen.measureText(box.placeholder).width - room;
}"""


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    store.add(
        line(
            f"order {number} " + "and more words " * (number % 9),
            LEVELS[number % 6],
            service="a-service-with-a-rather-long-name" if number % 7 else "api",
            ago_s=800 - number,
            request_id=f"{number:032x}",
        )
        for number in range(60)
    )
    return store


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_search_page_looks_right(
    lines: Seeded, reader: NewPage, theme: Any, size: Any
) -> None:
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/?q=order")
    page.locator("#plot .u-over").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".entry")).to_be_visible()

    look_at(page, "search")


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("path", ["/", "/pipeline"])
def test_nothing_sticks_out_on_a_phone_of_staff(
    lines: Seeded, user: User, reader: NewPage, path: str, width: int
) -> None:
    user.is_staff = True  # one more place in the rail
    user.save()
    page = reader(viewport={"width": width, "height": 844})
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    menu = page.locator(".you > summary").bounding_box()
    assert menu is not None
    assert menu["x"] + menu["width"] <= width
    place = page.locator(".places a").first.bounding_box()
    assert place is not None
    assert place["width"] >= 32  # a finger's


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", ["/login", "/nothing-here"])
def test_plain_pages_look_right(
    transactional_db: None, new_page: NewPage, theme: Any, path: str
) -> None:
    page = new_page(viewport=PHONE, color_scheme=theme)
    page.goto(path)

    look_at(page, f"plain-{path[1:]}")


def test_pages_of_others_have_the_icon(page: Page) -> None:
    answer = page.request.get("/favicon.ico")

    assert answer.status == 200
    assert answer.headers["content-type"] == "image/svg+xml"


def test_escape_closes_the_sheet_of_filters(lines: Seeded, reader: NewPage) -> None:
    page = reader(viewport=PHONE)
    page.goto("/")
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#filters")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#filters")).to_be_hidden()


def test_the_filters_are_a_sheet_on_a_phone(lines: Seeded, reader: NewPage) -> None:
    page = reader(viewport=PHONE)
    page.goto("/")
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("error").check()
    page.get_by_role("button", name="Done").click()

    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator(".row")).to_have_count(10)


def test_every_page_comes_with_a_strict_policy(lines: Seeded, page: Page) -> None:
    answer = page.goto("/")

    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self' 'nonce-" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/token/add/", "/api/docs"])
def test_pages_of_others_work_under_the_policy(
    user: User, reader: NewPage, path: str
) -> None:
    user.is_staff = user.is_superuser = True
    user.save()
    page = reader()

    answer = page.goto(path, wait_until="networkidle")

    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize(
    ("name", "heading"),
    [("Saved", "Search / Saved searches"), ("Exports", "Search / Exports")],
)
def test_what_is_kept_of_searches_has_its_place(
    lines: Seeded, page: Page, name: str, heading: str
) -> None:
    page.goto("/")
    page.locator(".places").get_by_role("link", name=name).click()

    expect(page.locator(".places [aria-current]")).to_have_text(name)
    expect(page.locator("h1")).to_have_text(heading)


def test_on_a_phone_the_menus_of_the_search_lead_there(
    lines: Seeded, reader: NewPage
) -> None:
    page = reader(viewport=PHONE)
    page.goto("/")
    page.locator(".uses > summary").click()
    page.get_by_role("link", name="Exports so far").click()
    expect(page.locator("h1")).to_have_text("Search / Exports")

    page.goto("/")
    page.locator(".kept > summary").click()
    page.get_by_role("link", name="Manage").click()
    expect(page.locator("h1")).to_have_text("Search / Saved searches")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_the_example_in_the_box_is_never_cut(
    lines: Seeded, reader: NewPage, language: str, width: int
) -> None:
    page = reader(viewport={"width": width, "height": 844}, locale=language)
    page.goto("/")
    page.wait_for_load_state("networkidle")

    assert page.locator("#q").evaluate(WIDTH_OF_EXAMPLE) <= 0


def test_the_example_changes_with_the_width(lines: Seeded, page: Page) -> None:
    page.goto("/")
    whole = page.locator("#q").get_attribute("placeholder")
    page.set_viewport_size(PHONE)
    expect(page.locator("#q")).to_have_attribute("placeholder", "Words, -not")
    page.set_viewport_size(WIDE)

    expect(page.locator("#q")).to_have_attribute("placeholder", str(whole))
