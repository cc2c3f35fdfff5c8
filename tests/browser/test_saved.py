"""What can be done with a search: name, link, command line, alert, and the history."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from logsite.accounts.models import User
from logsite.saved.models import SavedSearch
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]


@pytest.fixture
def lines(store: Seeded) -> Seeded:
    store.add(
        [
            line("Failed password for root", "WARN", service="auth", ago_s=90),
            line("it's done, $HOME is `left`", ago_s=60),
        ]
    )
    return store


def copied(page: Page) -> str:
    expect(page.locator("#said")).to_have_text(re.compile("^Copied"))
    return str(page.evaluate("navigator.clipboard.readText()"))


def use(page: Page, name: str) -> None:
    page.locator(".uses > summary").click()
    page.get_by_role("button", name=name, exact=True).click()


def test_a_search_is_copied_as_a_command_with_absolute_times(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?q=it's+done&level=INFO")
    use(page, "Copy as curl")

    command = copied(page)
    assert command.startswith("curl -sS -G 'http://")
    assert "/api/logs'" in command
    assert "'q=it'\\''s done'" in command
    assert "'level=INFO'" in command
    assert "'from=20" in command
    assert "'to=20" in command


def test_a_short_link_shows_a_colleague_the_same_search(
    lines: Seeded, page: Page, colleague: NewPage
) -> None:
    page.goto("/?q=password&range=1h")
    use(page, "Copy a short link")
    link = copied(page)
    assert re.search(r"/s/\w{8}$", link)

    other = colleague()
    other.goto(link)
    expect(other.locator("#q")).to_have_value("password")
    expect(other.locator(".row")).to_have_count(1)
    assert set(parse_qs(urlsplit(other.url).query)) == {"q", "from", "to"}


def test_too_many_links_of_a_day_are_said(
    lines: Seeded, page: Page, settings: Settings
) -> None:
    settings.LINKS_PER_DAY = 1
    for query, said in (
        ("failed", "Copied"),
        ("done", "as many short links as one may"),
    ):
        page.goto(f"/?q={query}")
        use(page, "Copy a short link")
        expect(page.locator("#said")).to_contain_text(said)


def test_a_link_to_a_line_shows_it_wherever_it_is(
    store: Seeded, page: Page, colleague: NewPage
) -> None:
    store.add(line(f"order {number}", ago_s=800 - number) for number in range(200))
    page.goto("/?q=order")
    page.get_by_role("button", name="Load older").click()
    page.get_by_text("order 120", exact=True).click()
    expect(page.locator(".entry")).to_be_visible()
    page.keyboard.press("Y")
    link = copied(page)

    other = colleague()
    other.goto(link)
    found = other.locator(".row.linked")
    expect(found).to_contain_text("order 120")
    expect(found).to_be_in_viewport()
    expect(other.locator(".row")).to_have_count(60)
    expect(other.locator(".row").first).to_contain_text("order 130")
    other.get_by_role("link", name="Show the newest").click()
    expect(other.locator(".row").first).to_contain_text("order 199")


def test_rows_below_a_linked_line_go_on_where_it_is(store: Seeded, page: Page) -> None:
    store.add(line(f"order {number}", ago_s=800 - number) for number in range(200))
    page.goto("/?q=order")
    page.get_by_role("button", name="Load older").click()
    linked = page.locator(".row", has_text="order 120")
    page.goto(f"/?q=order&range=1h&line={linked.get_attribute('data-id')}")
    page.get_by_role("button", name="Load older").click()

    expect(page.locator(".row")).to_have_count(110)
    expect(page.locator(".row").last).to_contain_text("order 21")


def test_a_neighbour_of_a_match_is_linked_alone(lines: Seeded, page: Page) -> None:
    page.goto("/?q=password")
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.locator('.chip[data-scope="all"]').click()
    neighbour = page.locator(".around .row", has_text="it's done")
    neighbour.locator(".time").focus()
    page.keyboard.press("Y")

    assert copied(page).endswith(f"/entries/{neighbour.get_attribute('data-id')}")


@pytest.mark.parametrize(
    ("line_id", "said"),
    [
        ("0" * 31 + "9", "not stored any more"),
        (f"{7:08x}{0:08x}{1:016x}", "no match of this search"),
    ],
    ids=["gone", "apart"],
)
def test_it_says_why_a_linked_line_is_not_shown(
    lines: Seeded, page: Page, line_id: str, said: str
) -> None:
    page.goto(f"/?q=password&line={line_id}")

    expect(page.locator(".remark")).to_contain_text(said)
    expect(page.locator(".row")).to_have_count(1)


def save(page: Page, name: str, button: str = "Save") -> None:
    """In the dialog that is open."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name=button, exact=True).click()


def test_a_search_is_saved_and_opened_from_the_box(lines: Seeded, page: Page) -> None:
    page.goto("/?q=password&range=1h")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_contain_text("moves with the clock")
    expect(page.get_by_label("Name")).to_be_focused()
    save(page, "Failed logins")
    expect(page.locator("#said")).to_have_text("Saved: Failed logins")
    expect(page.locator("h1")).to_have_text("Search / Failed logins")

    page.goto("/")
    page.keyboard.press("Alt+Shift+H")
    page.get_by_role("link", name="Failed logins").click()
    expect(page.locator("#q")).to_have_value("password")
    expect(page.locator("h1")).to_have_text("Search / Failed logins")
    expect(page.locator(".range > summary")).to_contain_text("Last hour")


def test_enter_never_replaces_what_is_saved(lines: Seeded, page: Page) -> None:
    page.goto("/?q=password")
    page.keyboard.press("Control+s")
    save(page, "Mine")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Control+s")
    page.get_by_label("Name").fill("Another")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()

    assert [one.name for one in SavedSearch.objects.all()] == ["Another", "Mine"]


def test_a_saved_search_is_replaced_in_place(lines: Seeded, page: Page) -> None:
    page.goto("/?q=password")
    page.keyboard.press("Control+s")
    save(page, "Mine")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("h1")).to_have_text("Search / Mine")

    page.fill("#q", "done")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_contain_text("it's done")
    page.keyboard.press("Control+s")
    save(page, "Mine", "Replace “Mine”")
    expect(page.get_by_role("dialog")).to_be_hidden()

    assert SavedSearch.objects.get().query == "q=done"


def test_a_name_that_is_taken_is_replaced_only_when_told_so(
    lines: Seeded, page: Page
) -> None:
    page.goto("/?q=password")
    page.keyboard.press("Control+s")
    save(page, "Mine")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto("/?q=done")
    page.keyboard.press("Control+s")
    save(page, "Mine")
    expect(page.get_by_role("dialog")).to_contain_text("this name already")
    assert SavedSearch.objects.get().query == "q=password"

    save(page, "Mine", "Replace “Mine”")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert SavedSearch.objects.get().query == "q=done"


def test_what_was_asked_before_is_found_again(lines: Seeded, page: Page) -> None:
    page.goto("/")
    for words in ("password", "done"):
        with page.expect_response("**/searches/past"):
            page.fill("#q", words)
            page.keyboard.press("Enter")
    page.keyboard.press("Alt+Shift+H")
    past = page.locator("[data-kept]")
    expect(past).to_have_count(2)
    expect(past.first).to_contain_text("done")

    page.keyboard.type("passw")
    expect(past.first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value("password")

    page.locator("#kept > summary").click()
    page.get_by_role("button", name="Forget all").click()
    expect(page.locator("#kept-body")).to_contain_text("Nothing yet.")


def test_a_shared_search_is_reached_by_others(
    lines: Seeded, page: Page, colleague: NewPage
) -> None:
    page.goto("/?q=password")
    page.keyboard.press("Control+s")
    page.get_by_role("dialog").get_by_label("Shared with everybody").check()
    save(page, "Failed logins")
    expect(page.get_by_role("dialog")).to_be_hidden()

    other = colleague()
    other.goto("/searches")
    expect(other.get_by_role("row", name="Failed logins")).to_contain_text("bob")
    expect(other.get_by_role("link", name="Edit")).to_have_count(0)
    other.get_by_role("link", name="Failed logins").click()
    expect(other.locator("#q")).to_have_value("password")


def test_a_saved_search_is_renamed_and_deleted(lines: Seeded, page: Page) -> None:
    page.goto("/?q=password")
    page.keyboard.press("Control+s")
    save(page, "Mine")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.goto("/searches")
    page.get_by_role("link", name="Edit Mine").click()
    page.get_by_label("Name").fill("Ours")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Edit Ours").click()
    page.get_by_role("button", name="Delete search Ours").click()

    expect(page.locator(".state h2")).to_have_text("No search is saved yet")


def test_those_who_write_rules_make_an_alert_of_a_search(
    lines: Seeded, user: User, page: Page
) -> None:
    user.is_staff = user.is_superuser = True
    user.save()
    page.goto("/?q=failed&service=auth&level=WARN")
    page.locator(".uses > summary").click()
    page.get_by_role("link", name="Make an alert of it").click()
    page.wait_for_load_state()

    expect(page.get_by_label("query", exact=False).first).to_have_value("failed")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_lists_and_dialogs_look_right(
    lines: Seeded, reader: NewPage, user: User, theme: Any, size: Any
) -> None:
    long = "q=latency%3A%3E1500+%22customer+tier%22%3Agold&service=payment-service"
    for name, query in (("Slow checkouts of big customers", long), ("All", "range=7d")):
        SavedSearch.objects.create(name=name, owner=user, query=query, shared=True)
    page = reader(viewport=size, color_scheme=theme)
    page.goto("/?q=password&level=WARN")
    page.locator("#plot .u-over").wait_for()
    page.locator(".uses > summary").click()
    look_at(page, "saved-menu")
    page.keyboard.press("Alt+Shift+H")
    expect(page.locator("#kept-find")).to_be_focused()
    look_at(page, "saved-kept")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.get_by_label("Name")).to_be_focused()
    look_at(page, "saved-dialog")
    page.goto("/searches")
    look_at(page, "saved-list")
    page.get_by_role("link", name="Edit All").click()
    expect(page.get_by_label("Name")).to_have_value("All")
    look_at(page, "saved-edit")
