"""Lines that want to be more than text."""

from __future__ import annotations

import re

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
    "</textarea></title></style></noscript><img src=x onerror=window.hit=1>",
    "<base href=//evil.example><object data=//evil.example><embed src=//evil.example>",
    '\x1b]8;;javascript:window.hit=1\x1b\\link\x1b]8;;\x1b\\ \x1b[31;"onclick=hit"m',
    "\x1b[1;31m<b onclick=window.hit=1>bold\x1b[0m</b>",
    "at <img src=x onerror=window.hit=1>\n" + "\tat <img src=x onerror=hit>()\n" * 12,
    "javascript:window.hit=1 //' \" ` data:text/html,<script>window.hit=1</script>",
    "=HYPERLINK(\"javascript:window.hit=1\") +cmd|' /C calc'!A0",
]
# What no log text may ever become. Our own pages have no such element below #main.
FOREIGN = ", ".join(
    [
        *(
            "script",
            "img",
            "iframe",
            "style",
            "meta",
            "math",
            "object",
            "embed",
            "base",
        ),
        *("[onerror]", "[onload]", "[onclick]", "[hx-on\\:click]", "[srcdoc]"),
        *('[href^="javascript" i]', '[action*="evil"]', '[href*="evil"]'),
    ]
)


def is_harmless(page: Page) -> bool:
    """Nothing ran, nothing of a line is markup, the page is still where it was."""
    ran = page.evaluate("window.hit") is not None
    return not ran and page.locator(f"#main :is({FOREIGN})").count() == 0


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

    assert is_harmless(page)
    assert page.locator(".details :is(form, [hx-get]), .row mark").count() == 0


def test_every_way_to_look_at_a_line_shows_text(hostile: Seeded, page: Page) -> None:
    page.goto("/?columns=value,deep")
    expect(page.locator("#rows .cell").first).not_to_be_empty()
    expect(page.locator(".facet-field").first).to_be_attached()
    for field in page.locator(".facet-field > summary").all():
        field.click()
    assert is_harmless(page)

    page.locator(".row .line").last.click()
    page.locator(".entry").get_by_role("button", name="JSON").click()
    page.keyboard.press("p")
    assert is_harmless(page)
    page.keyboard.press("c")
    expect(page.locator(".around .here")).to_be_visible()
    assert is_harmless(page)

    page.goto("/")
    page.get_by_role("button", name="Patterns", exact=True).click()
    expect(page.locator(".pattern").first).to_be_visible()
    assert is_harmless(page)


def test_pages_of_one_line_show_text(hostile: Seeded, page: Page) -> None:
    page.goto("/")
    rows = page.locator(".row").all()
    for entry in [row.get_attribute("data-id") for row in rows]:
        page.goto(f"/entries/{entry}")
        assert is_harmless(page)
        page.goto(f"/entries/{entry}/context?scope=all")
        assert is_harmless(page)


def test_a_value_that_is_included_is_only_text(hostile: Seeded, page: Page) -> None:
    page.goto("/?q=srcdoc")
    page.locator(".row .line").first.click()
    value = page.locator(".entry tr[data-name=value]")
    value.hover()
    value.get_by_role("button", name="include").click()

    expect(page.locator("#q")).to_have_value(re.compile('value:="<iframe srcdoc'))
    expect(page.locator(".row")).to_have_count(1)
    assert is_harmless(page)
    page.goto("/exports/new?" + page.url.partition("?")[2])
    assert is_harmless(page)


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
