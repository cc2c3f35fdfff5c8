"""Rows that scripts make of the socket's entries are those that the server makes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from ingest.entry import LogEntry
from tests.browser.conftest import NewPage
from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line
from tests.browser.test_live import Server, entry

pytestmark = [pytest.mark.browser, pytest.mark.parts]

COLUMNS: Final = "host,http.code,tags,metadata.service,id"
METADATA: Final[dict[str, dict[str, Any]]] = {
    "texts and numbers": {"host": "web-1", "http": {"code": 503}},
    "a list": {"tags": ["red", "green", 7, True]},
    "objects in a list": {"http": [{"code": 1}, {"code": 2}, {"other": 3}]},
    "an object in a column": {"host": {"name": "web-1", "ip": "10.0.0.1"}},
    "nothing": {"host": None, "tags": []},
    "a field called as one of ours": {"service": "theirs"},
    "a value that would act": {"host": "<b>x</b>\u202e\x1b[31mred\nnext"},
    "a long value": {"host": "x" * 500},
}
MESSAGES: Final = {
    "colours": "\x1b[31mfailed\x1b[0m for \x1b[32mroot\x1b[39m",
    "bold and underlined": "\x1b[1mbold\x1b[22m \x1b[4munder\x1b[24m plain",
    "several at once": "\x1b[1;4;33mwarning\x1b[0m done",
    "bright ones, and beyond eight": "\x1b[91mred\x1b[0m \x1b[38;5;196mmany\x1b[m",
    "a word within a colour": "a \x1b[36mneedle in\x1b[0m the hay",
    "a word across two colours": "nee\x1b[36mdle\x1b[0m in the hay",
    "what moves the cursor": "10 %\x1b[2K\x1b[1G20 %\r\x1b[A30 %",
    "a title and a link": "\x1b]0;root@host\x07ls \x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\",
    "a colour that goes on in the next line": "\x1b[31mone\ntwo\x1b[0m",
    "markup": "\x1b[31m<img src=x onerror=alert(1)>\x1b[0m &amp;",
}


@pytest.fixture
def server(page: Page) -> Server:
    made = Server()
    page.route_web_socket(re.compile("/ws/tail"), made.connected)
    return made


def both(page: Page, server: Server, query: str, one: dict[str, Any]) -> list[Any]:
    """The row that was stored before, and that of the same entry as it comes."""
    page.goto(f"/?live=1&{query}")
    expect(page.locator("#live")).to_have_attribute("data-state", "following")
    server.send("entries", filter=0, entries=[{**entry(9), **one}])
    expect(page.locator("#rows > .row")).to_have_count(2)
    return list(page.locator("#rows > .row").all())


@pytest.mark.parametrize("name", METADATA)
def test_columns_hold_what_those_of_the_server_hold(
    store: Seeded, page: Page, server: Server, name: str
) -> None:
    store.add([LogEntry(datetime.now(UTC), "INFO", "api", "hello", METADATA[name])])
    stored, came = both(
        page, server, f"columns={COLUMNS}", {"metadata": METADATA[name]}
    )

    def cells(row: Any) -> Any:
        all_but_id = ".cell:not(:last-child)"
        return row.locator(all_but_id).evaluate_all(
            "cells => cells.map(({ innerHTML, title }) => [innerHTML, title])"
        )

    assert cells(came) == cells(stored)
    assert came.locator(".cell").last.inner_text() == entry(9)["id"]


@pytest.mark.parametrize("name", MESSAGES)
def test_colours_are_those_of_the_server(
    store: Seeded, page: Page, server: Server, name: str
) -> None:
    store.add([line(MESSAGES[name])])
    stored, came = both(page, server, "", {"message": MESSAGES[name]})

    assert html(came) == html(stored)


@pytest.mark.parametrize(
    "name", ["a word within a colour", "a word across two colours"]
)
def test_searched_words_are_marked_within_colours(
    store: Seeded, page: Page, server: Server, name: str
) -> None:
    server.words = [["needle"]]
    store.add([line(MESSAGES[name])])
    stored, came = both(page, server, "q=needle", {"message": MESSAGES[name]})

    assert came.locator("mark").all_inner_texts() != []
    assert html(came) == html(stored)


def html(row: Any) -> str:
    return str(row.locator(".line").evaluate(LINE))


# Of a line without its time and address: what else is the same entry's.
LINE: Final = """line => {
  const copy = line.cloneNode(true);
  copy.querySelector(".time").remove();
  copy.querySelector(".badge").remove();
  copy.querySelector(".service").remove();
  return copy.innerHTML.replace(/\\s+/g, " ").trim();
}"""


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_they_look_alike(store: Seeded, reader: NewPage, theme: Any, size: Any) -> None:
    page, server = reader(viewport=size, color_scheme=theme), Server()
    page.route_web_socket(re.compile("/ws/tail"), server.connected)
    held = METADATA["texts and numbers"]
    store.add(line(text, **held) for text in MESSAGES.values())
    page.goto("/?live=1&columns=host,http.code")
    expect(page.locator("#live")).to_have_attribute("data-state", "following")
    came = enumerate(MESSAGES.values(), 100)
    made = [{**entry(n), "message": text, "metadata": held} for n, text in came]
    server.send("entries", filter=0, entries=made)
    expect(page.locator("#rows > .row")).to_have_count(2 * len(MESSAGES))

    look_at(page, "live-rows")
