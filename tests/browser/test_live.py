"""The live page against a socket of the test: what a server may say at any moment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.looks import PHONE, WIDE, look_at
from tests.browser.seed import Seeded, line
from tests.browser.test_looks import LEVELS

pytestmark = [pytest.mark.browser, pytest.mark.parts]

RESUME = {"type": "resume", "newest": 1_000}  # as many as the list holds


class Server:
    """The other end of the page's sockets."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.heard: list[dict[str, Any]] = []
        self.words: list[list[str]] = []  # that the page is to mark
        self.at = 0
        self.away = False

    def connected(self, socket: WebSocketRoute) -> None:
        if self.away:
            socket.close(code=1011)
            return
        self.sockets.append(socket)
        socket.on_message(lambda text: self.heard.append(json.loads(text)))
        self.send("hello", filter=0, words=self.words, limits={})

    def send(self, kind: str, **fields: Any) -> None:
        frame = {"type": kind, "cursor": self.cursor} | fields
        self.sockets[-1].send(json.dumps(frame))

    @property
    def cursor(self) -> str:
        return f"00000007.0-{self.at}"

    def entries(self, count: int) -> None:
        made = [entry(self.at + number) for number in range(count)]
        self.at += count
        self.send("entries", filter=0, entries=made)

    def status(self, **fields: Any) -> None:
        rates = {"matched_per_s": 0, "shown_per_s": 0, "behind": 0, "waiting": 0}
        self.send("status", **rates | {"paused": False, "kafka": True} | fields)

    def was_asked_for(self, levels: int) -> bool:
        return self.sockets[-1].url.count("level=") == levels

    def skip(self, count: int, shown: int) -> None:
        times = {"oldest": "2026-03-01T12:00:00.000Z", "newest": "2026-03-01T12:00:01Z"}
        where = {"from": self.cursor, "to": self.cursor}
        self.send("skipped", count=count, shown=shown, **times, **where)


def entry(number: int) -> dict[str, Any]:
    return {
        "id": f"{7:08x}{0:08x}{number:016x}",
        "timestamp": f"2026-03-01T12:{number // 60 % 60:02}:{number % 60:02}.000Z",
        "level": LEVELS[number % 6],
        "service": "api",
        "message": f"line {number}",
        "metadata": {},
    }


@pytest.fixture
def server(page: Page) -> Server:
    made = Server()
    page.route_web_socket(re.compile("/ws/tail"), made.connected)
    return made


@pytest.fixture
def live(store: Seeded, page: Page, server: Server) -> Page:
    page.goto("/?live=1")
    expect(page.locator("#live")).to_have_attribute("data-state", "following")
    return page


def fill(live: Page, server: Server, count: int = 60) -> None:
    server.entries(count)
    expect(live.locator(".row")).to_have_count(count)


def until(live: Page, came: Callable[[], bool]) -> None:
    """What the page does is noticed while it is waited for."""
    for _ in range(100):
        if came():
            return
        live.wait_for_timeout(50)
    raise AssertionError("it did not come in time")


def scroll_up(live: Page) -> None:
    live.locator("#rows").evaluate("rows => rows.scrollTop = 0")
    expect(live.locator("#live")).to_have_attribute("data-state", "frozen")


def test_the_address_says_where_the_list_ends(live: Page, server: Server) -> None:
    fill(live, server, 3)

    expect(live).to_have_url(re.compile(r"live=1&cursor=00000007\.0-3$"))


def test_what_is_not_shown_yet_is_not_in_the_address(
    live: Page, server: Server
) -> None:
    fill(live, server)
    expect(live).to_have_url(re.compile("0-60$"))
    scroll_up(live)
    server.entries(5)
    server.status()
    expect(live.locator("#latest")).to_contain_text("5 new")

    live.wait_for_timeout(1_500)  # longer than between two cursors in the address

    expect(live).to_have_url(re.compile("0-60$"))


def test_appending_moves_neither_scroll_nor_selection(
    live: Page, server: Server
) -> None:
    fill(live, server)
    scroll_up(live)
    live.locator(".row .text").nth(2).select_text()
    server.entries(20)
    expect(live.locator("#latest")).to_have_text("20 new, jump to latest")

    assert live.locator("#rows").evaluate("rows => rows.scrollTop") == 0
    assert live.evaluate("String(getSelection())") == "line 2"
    expect(live.locator(".row")).to_have_count(60)


def test_a_pause_goes_on_counting_beyond_what_the_page_keeps(
    live: Page, server: Server
) -> None:
    live.keyboard.press("Space")
    for _ in range(10):
        server.entries(200)
    expect(live.locator("#latest")).to_contain_text("2,000 new")
    assert {"type": "pause"} in server.heard

    server.status(waiting=4_310)

    expect(live.locator("#latest")).to_have_text("6,310 new, jump to latest")
    live.keyboard.press("G")
    expect(live.locator("#live")).to_have_attribute("data-state", "following")
    expect(live.locator(".row").last).to_contain_text("line 1999")
    assert server.heard[-1] == RESUME


def test_who_jumps_to_latest_gets_the_newest_behind_what_was_left_out(
    live: Page, server: Server
) -> None:
    live.keyboard.press("Space")
    for _ in range(10):
        server.entries(200)
    until(live, lambda: {"type": "pause"} in server.heard)
    live.keyboard.press("G")
    until(live, lambda: server.heard[-1] == RESUME)

    server.skip(4_310, 0)
    server.at += 4_310
    server.entries(5)
    server.status()

    expect(live.locator(".missing")).to_contain_text("4,310 not shown")
    expect(live.locator(".missing + .row")).to_contain_text("line 6310")
    expect(live.locator(".row").last).to_contain_text("line 6314")
    expect(live.locator(".row")).to_have_count(1_000)


def test_a_sample_is_said_with_its_share_and_a_link(live: Page, server: Server) -> None:
    server.skip(2_000, 300)
    server.entries(40)
    server.skip(2_310, 288)
    server.status(matched_per_s=4_898, shown_per_s=588)

    missing = live.locator(".missing")
    expect(missing).to_have_count(1)
    expect(missing).to_contain_text("Showing 12 %, 4,310 not shown.")
    link = missing.get_by_role("link").get_attribute("href")
    stretch = "&after=00000007.0-0&upto=00000007.0-40"
    times = "/?from=2026-03-01T12%3A00%3A00.000Z&to=2026-03-01T12%3A00%3A01.001Z"
    assert link == times + stretch
    expect(live.locator("#live-rates")).to_contain_text("4,898/s match")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("expired", "offsets 4 to 9 are no longer in Kafka"),
        ("truncated", "other lines follow from offset 9 on"),
        ("recreated", "made anew"),
    ],
)
def test_a_gap_is_said_with_its_reason(
    live: Page, server: Server, reason: str, words: str
) -> None:
    server.send("gap", partition=0, reason=reason, **{"from": 4, "to": 9})

    expect(live.locator(".missing")).to_contain_text(words)


def test_a_lost_connection_is_said_and_goes_on_at_the_cursor(
    live: Page, server: Server
) -> None:
    fill(live, server, 3)
    server.sockets[-1].close(code=1011)

    expect(live.locator("#live")).to_have_attribute("data-state", "away")
    expect(live.locator("#live")).to_have_attribute("data-state", "following")
    assert "cursor=00000007.0-3" in server.sockets[-1].url
    server.entries(1)
    expect(live.locator(".row")).to_have_count(4)


def turn(live: Page, hidden: bool) -> None:
    """To another tab, or back."""
    live.evaluate(
        """hidden => {
            const asked = { value: hidden, configurable: true };
            Object.defineProperty(document, "hidden", asked);
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_hidden_tab_counts_in_its_name_and_shows_all_when_somebody_returns(
    live: Page, server: Server
) -> None:
    fill(live, server, 3)
    name = live.title()
    turn(live, hidden=True)
    server.entries(20)
    expect(live).to_have_title(f"(20) {name}")
    assert live.locator(".row").count() == 3

    turn(live, hidden=False)

    expect(live.locator(".row")).to_have_count(23)
    expect(live).to_have_title(name)


def test_a_hidden_tab_lets_the_server_count_what_it_has_no_room_for(
    live: Page, server: Server
) -> None:
    name = live.title()
    turn(live, hidden=True)
    for _ in range(10):
        server.entries(200)
    until(live, lambda: {"type": "pause"} in server.heard)
    server.status(waiting=500)
    expect(live).to_have_title(f"(2,500) {name}")

    turn(live, hidden=False)

    until(live, lambda: server.heard[-1] == RESUME)
    expect(live.locator(".row").last).to_contain_text("line 1999")


def test_l_goes_through_the_levels(live: Page, server: Server) -> None:
    for chosen in (4, 3, 2, 0):
        live.keyboard.press("l")
        expect(live.locator('input[name="level"]:checked')).to_have_count(chosen)
        expect(live).to_have_url(re.compile(rf"\?(level=\w+&){{{chosen}}}live=1"))
        until(live, partial(server.was_asked_for, chosen))


def test_ctrl_l_empties_the_list_and_goes_on(live: Page, server: Server) -> None:
    fill(live, server, 3)
    live.keyboard.press("Control+l")
    expect(live.locator(".row")).to_have_count(0)

    server.entries(2)

    expect(live.locator(".row")).to_have_count(2)


def test_what_search_shows_already_is_not_shown_again(
    store: Seeded, page: Page, server: Server
) -> None:
    store.add([line("stored 1"), line("stored 2")])
    page.goto("/?live=1")
    expect(page.locator(".row")).to_have_count(2)

    server.entries(3)  # the first two are those

    expect(page.locator(".row")).to_have_count(3)
    assert page.locator(".row .text").all_inner_texts()[:2] == ["stored 1", "stored 2"]


def test_a_key_acts_at_five_thousand_lines_a_second(live: Page, server: Server) -> None:
    for _ in range(40):
        for _ in range(5):
            server.entries(50)
        live.wait_for_timeout(50)
    live.keyboard.press("Space")
    expect(live.locator("#live-state")).to_have_text("Paused")
    server.entries(50)
    expect(live.locator("#latest")).to_contain_text("new, jump to latest")
    live.keyboard.press("Space")

    expect(live.locator(".row").last).to_contain_text(f"line {server.at - 1}")
    expect(live.locator(".row")).to_have_count(1_000)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_state_looks_right(
    live: Page, server: Server, theme: Any, size: Any
) -> None:
    live.set_viewport_size(size)
    live.emulate_media(color_scheme=theme)
    fill(live, server)
    server.status(matched_per_s=60, shown_per_s=60)
    expect(live.locator("#live-rates")).to_contain_text("60/s match")
    look_at(live, "live-following")

    server.skip(4_310, 588)
    server.entries(40)
    server.status(matched_per_s=4_898, shown_per_s=588)
    expect(live.locator(".missing")).to_contain_text("Showing 12 %")
    look_at(live, "live-sampled")

    scroll_up(live)
    server.entries(248)
    expect(live.locator("#latest")).to_contain_text("248 new")
    look_at(live, "live-frozen")

    live.locator("#latest").click()
    server.away = True
    server.sockets[-1].close(code=1011)
    expect(live.locator("#live")).to_have_attribute("data-state", "away")
    expect(live.locator("#live-rates")).to_be_hidden()  # they are of before
    look_at(live, "live-reconnecting")
