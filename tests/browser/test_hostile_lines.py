"""Lines that want to be more than text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]

HOSTILE = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>",
    '"><script>window.hit=1</script>',
    "'><img src=x onerror='window.hit=1'>",
    '<a href="javascript:window.hit=1">click</a>',
    '<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
    "</pre></li></ol><script>window.hit=1</script>",
    "<div hx-get='/logout' hx-trigger='load'></div>",
    "<div hx-on:click='window.hit=1' hx-on::load='window.hit=1'>x</div>",
    "<form action=//evil.example><button>x</button></form>",
    "<style>*{display:none}</style>",
    "{{ 7|add:7 }} {% csrf_token %} ${7*7}",
    "<mark>not ours</mark>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "\u202egpj.exe\u202c and \x00 and \x1b[31mred\x1b[0m",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hit=1>",
]


@pytest.fixture
def hostile(store: Seeded) -> Seeded:
    """Each line as message, as service and in the metadata, names included."""
    store.add(
        line(
            text,
            service=text[:40],
            ago_s=30,
            value=text,
            deep={text.replace("\x00", ""): 1},
        )
        for text in HOSTILE
    )
    return store


def test_nothing_of_it_runs_and_nothing_of_it_is_markup(
    hostile: Seeded, page: Page
) -> None:
    page.goto("/?q=window")
    page.goto("/")
    expect(page.locator(".row")).to_have_count(len(HOSTILE))
    for link in page.locator(".row .time").all():
        link.click()
    expect(page.locator(".entry")).to_have_count(len(HOSTILE))

    assert page.evaluate("window.hit") is None
    found = "#found :is(script, img, iframe, style, form, meta, math, [hx-on\\:click])"
    assert page.locator(found).count() == 0
    assert page.locator(".details [hx-get], .row mark").count() == 0


def test_it_is_shown_as_it_was_sent(hostile: Seeded, page: Page) -> None:
    page.goto("/")

    shown = page.locator(".row .text").all_inner_texts()
    assert HOSTILE[0] in shown
    assert "{{ 7|add:7 }} {% csrf_token %} ${7*7}" in shown
    assert "<U+202E>gpj.exe<U+202C> and ␀ and red" in shown


def test_a_hostile_search_is_only_text(hostile: Seeded, page: Page) -> None:
    page.goto("/?q=%22%3E%3Cscript%3Ewindow.hit%3D1%3C%2Fscript%3E&service=%3Cb%3E")

    assert page.evaluate("window.hit") is None
    expect(page.locator("#q")).to_have_value('"><script>window.hit=1</script>')


def test_a_line_of_250_kb_is_cut_until_asked_for(store: Seeded, page: Page) -> None:
    store.add([line("x" * 200_000 + " end")])
    page.goto("/")
    row = page.locator(".row")
    expect(row.locator(".text")).to_contain_text("more characters")
    row.locator(".time").click()
    page.get_by_role("button", name="Show the rest").click()

    expect(row.locator(".message")).to_contain_text("x end")


def test_many_lines_are_folded_to_the_first(store: Seeded, page: Page) -> None:
    trace = "\n".join(f"  at step {number}" for number in range(40))
    store.add([line(f"it failed\n{trace}", "ERROR")])
    page.goto("/")

    expect(page.locator(".row .lines")).to_have_text("+40 lines")
    expect(page.locator(".row .text")).to_have_text("it failed")
