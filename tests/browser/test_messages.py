"""Messages of an open line: folded traces, colours of a terminal."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seed import Seeded, line

pytestmark = [pytest.mark.browser, pytest.mark.parts]

TRACE = "\n".join(
    [
        "IllegalStateException: pool exhausted",
        *(f"\tat com.shop.Layer{n}.call(Layer{n}.java:{n})" for n in range(30)),
        "Caused by: SocketTimeoutException: read timed out",
    ]
)


def test_the_frames_of_a_trace_are_folded_until_asked_for(
    store: Seeded, page: Page
) -> None:
    store.add([line(TRACE, "ERROR")])
    page.goto("/")
    page.locator(".row .line").click()
    message = page.locator(".entry .message")
    expect(message).to_contain_text("Caused by: SocketTimeoutException")
    last = message.get_by_text("Layer29.java")
    expect(last).to_be_hidden()

    message.get_by_text("26 more frames").click()
    expect(last).to_be_visible()


def test_colours_of_a_terminal_are_shown_in_the_list_and_in_the_entry(
    store: Seeded, page: Page
) -> None:
    store.add([line("plain \x1b[31mred\x1b[0m \x1b[38;2;9;9;9mgrey\x1b[m")])
    page.goto("/?q=red")

    expect(page.locator(".row .text")).to_have_text("plain red grey")
    expect(page.locator(".row .text mark .ink-1")).to_have_text("red")
    page.locator(".row .line").click()
    expect(page.locator(".entry .message [class^=ink]")).to_have_count(1)
