"""Tails while much comes: cut off, slow, many; nothing is missing, nobody waits.

Entries are counted, not timed: on a slow machine less is sent in the same time.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.flow.narrow import narrow_link
from tests.site import Site
from tests.tailing import (
    PATIENCE_S,
    all_visible,
    frame,
    load,
    reading,
    reading_until_cut,
    stored_ids,
    tail,
)

pytestmark = [pytest.mark.parts, pytest.mark.timeout(300)]

RATE = 2_000  # entries a second
LONG = (pytest.mark.faults, pytest.mark.faults_long)
WORDS = [f"filter{number}" for number in range(10)]
SOCKETS = 50
PER_TOKEN = 20  # tails of one token in one web process
ENTRIES = 30_000
IN_REQUEST = 1_000
BIG = 20_000  # bytes of a message
FLAT_MB = 40


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cut_s", [4, pytest.param(60, marks=LONG)])
def test_a_tail_that_was_cut_off_gets_all_and_another_one_notices_nothing(
    site: Site, cut_s: float
) -> None:
    service = f"cut-{cut_s}"
    with ExitStack() as tails:
        other = tails.enter_context(reading(site, service=service))
        with load(site, service, RATE) as sending:
            with reading_until_cut(site, service=service) as before:
                time.sleep(2)
            time.sleep(cut_s)
            cursor = before.told.cursor
            after = tails.enter_context(reading(site, service=service, cursor=cursor))
            time.sleep(2)
        pinned = all_visible(site)
        after.until_told(pinned)
        other.until_told(pinned)

    stored = set(stored_ids(site, service=service))
    got = [*before.told.names, *after.told.names]
    assert len(stored) == sending.sent >= RATE * cut_s
    assert Counter(got).most_common(1)[0][1] == 1
    assert set(got) <= stored
    # Nothing is left out unless the machine stood still and then brought all at once.
    assert len(stored) - len(got) <= before.told.skipped + after.told.skipped
    assert len(other.told.names) + other.told.skipped == len(stored)
    told = (before.told, after.told, other.told)
    assert [one.troubles for one in told] == [[], [], []]


def test_the_stretch_of_a_sample_holds_what_was_shown_and_what_was_not(
    site: Site,
) -> None:
    entries = [{"service": "sampled", "message": f"line {n}"} for n in range(10_000)]
    with reading(site, service="sampled") as reader:
        assert site.post(json.dumps(entries)).status_code == 202
        reader.until_told(all_visible(site))

    told = reader.told
    assert told.skipped
    for stretch in told.stretches:
        ends = {"after": stretch["from"], "upto": stretch["to"]}
        found = site.get("/api/logs", service="sampled", limit=1, **ends).json()
        whole = stretch["count"] + stretch["shown"]
        assert found["matched"] == {"count": whole, "exact": True}
    assert len(told.names) + told.skipped == len(entries)


def test_a_socket_that_reads_1_kb_a_second_costs_nobody_else_anything(
    site: Site,
) -> None:
    web = psutil.Process(site.parts["web"].run.pid)
    body = json.dumps([{"service": "narrow", "message": "x" * BIG}] * 20)
    memory = []
    with narrow_link(site, service="narrow"), reading(site, service="narrow") as other:
        for _ in range(300):
            assert site.post(body).status_code == 202
            memory.append(web.memory_info().rss / 2**20)
        other.until_told(all_visible(site))

    assert len(other.told.names) + other.told.skipped == 6_000
    assert other.told.troubles == []
    assert max(memory) - memory[len(memory) // 4] < FLAT_MB  # of 120 MB that came


def test_two_who_watch_share_a_consumer_and_with_nobody_there_is_none(
    site: Site,
) -> None:
    with tail(site, q="anything") as one:
        frame(one, "status")
        with_consumer = kafka_clients(site)
        with tail(site, q="something else") as other:
            frame(other, "status")
            assert kafka_clients(site) == with_consumer

    until(lambda: kafka_clients(site) == with_consumer - 1)


def kafka_clients(site: Site) -> int:
    """Of the web process: each has one thread of this name."""
    tasks = Path(f"/proc/{site.parts['web'].run.pid}/task")
    names = [(task / "comm").read_text().strip() for task in tasks.iterdir()]
    return names.count("rdk:main")


def until(came_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not came_true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_of_fifty_sockets_each_is_told_of_every_match_of_its_filter(site: Site) -> None:
    tokens = [site.token, *(read_token(site, f"tail-{n}") for n in range(2))]

    with ExitStack() as tails:
        readers = [
            tails.enter_context(
                reading(site, tokens[n // PER_TOKEN], q=WORDS[n % len(WORDS)])
            )
            for n in range(SOCKETS)
        ]
        for first in range(0, ENTRIES, IN_REQUEST):
            assert site.post(body(first)).status_code == 202
        pinned = all_visible(site)
        for reader in readers:
            reader.until_told(pinned)

    for number, reader in enumerate(readers):
        told = reader.told
        assert len(told.names) + told.skipped == due(WORDS[number % len(WORDS)])
        assert len(set(told.names)) == len(told.names)
        assert told.troubles == []


def read_token(site: Site, name: str) -> str:
    return site.manage("token", "create", name, "--scope", "read").strip()


def words_of(number: int) -> list[str]:
    """Each entry matches one filter, and one in seven another one, too."""
    places = (number, number + 1) if number % 7 == 0 else (number,)
    return [WORDS[place % len(WORDS)] for place in places]


def due(word: str) -> int:
    return sum(word in words_of(number) for number in range(ENTRIES))


def body(first: int) -> str:
    numbers = range(first, first + IN_REQUEST)
    return json.dumps([{"message": " ".join(words_of(number))} for number in numbers])
