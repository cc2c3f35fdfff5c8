"""Faults under an open tail: rows T3, T7 to T9."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ingest.query.visible import pin
from ingest.tail import terminal
from tests.faults.cluster import BROKERS, Cluster
from tests.faults.flow import Pace
from tests.faults.oracle import entries
from tests.faults.rig import Rig, assert_kept
from tests.faults.test_web_rows import until_accepted
from tests.parts import Part
from tests.tailing import Frame, Reader, Told

pytestmark = [
    pytest.mark.parts,
    pytest.mark.faults,
    pytest.mark.faults_long,
    pytest.mark.timeout(240),
]


def name_of(entry: Any) -> tuple[str, int]:
    """An entry that is sent again is the same, under whatever id."""
    return entry["metadata"]["producer"], entry["metadata"]["number"]


@contextmanager
def following(rig: Rig) -> Iterator[Reader]:
    """A client that connects again and goes on, as `manage.py tail` does."""
    url = f"http://127.0.0.1:{rig.ports[0]}"
    name = f"tail-{uuid.uuid4().hex[:8]}"
    token = rig.manage("token", "create", name, "--scope", "read").strip()
    begun, stop = threading.Event(), threading.Event()

    def frames() -> Iterator[Frame]:
        for frame in terminal.frames(url, token, {}, lambda _: None):
            begun.set()
            if stop.is_set():
                return
            yield frame

    reader = Reader(frames(), Told(name_of))
    assert begun.wait(60)
    yield reader
    stop.set()
    reader.join(60)


def assert_told_of_all(rig: Rig, reader: Reader) -> None:
    """Of all that is stored; what was left out of a sample was counted."""
    rig.until_drained()
    reader.until_told(pin(rig.database).named())
    assert_kept(rig)
    stored, told = set(map(name_of, entries(rig.database))), reader.told
    assert set(told.names) <= stored
    assert len(stored - set(told.names)) <= told.skipped
    assert [one for one in told.troubles if one["type"] == "gap"] == []


def test_t3_redis_is_away_and_tails_are_opened_and_go_on(
    rig: Rig, valkey: tuple[Part, str]
) -> None:
    part, url = valkey
    rig.web(WEB_ROLE="site", REDIS_URL=url)
    rig.store()
    with following(rig) as one, rig.flow() as flow:
        until_accepted(flow)
        part.freeze()
        with following(rig) as other:
            until_accepted(flow)
            part.stop()
            until_accepted(flow)
            flow.stop()
            assert_told_of_all(rig, one)
            assert other.told.names


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_t7_the_web_process_ends_and_starts_again(rig: Rig, how: str) -> None:
    web = rig.web(WEB_ROLE="site")
    rig.store()
    with following(rig) as reader, rig.flow() as flow:
        for _ in range(2):
            until_accepted(flow)
            getattr(web, how)()
            web.start()
        until_accepted(flow)
        flow.stop()
        assert_told_of_all(rig, reader)


def test_t8_the_broker_that_leads_dies(rig: Rig, cluster: Cluster) -> None:
    rig.web(WEB_ROLE="site")
    rig.keep(rig.store())
    with following(rig) as reader, rig.flow(Pace(senders=6)) as flow:
        until_accepted(flow)
        cluster.broker(cluster.leader(rig.topic)).stop()
        until_accepted(flow)
        flow.stop()
        assert_told_of_all(rig, reader)


def test_t9_no_broker_answers_and_the_tail_says_so_and_goes_on(
    rig: Rig, cluster: Cluster
) -> None:
    rig.web(WEB_ROLE="site")
    rig.keep(rig.store())
    with following(rig) as reader, rig.flow() as flow:
        until_accepted(flow)
        for number in BROKERS:
            cluster.broker(number).freeze()
        reader.until(lambda told: not told.kafka)
        cluster.heal()
        reader.until(lambda told: told.kafka)
        until_accepted(flow)
        flow.stop()
        assert_told_of_all(rig, reader)
