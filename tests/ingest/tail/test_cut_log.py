"""A tail on a log that is cut and grows again: it says so, under the stored ids."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.kafka.topics import ensure_topic
from ingest.tail import hub as hub_module
from ingest.tail.heads import starts
from ingest.tail.hub import Hub
from tests.ingest.kafka.cutting import cut_log
from tests.ingest.owner import visible_messages
from tests.ingest.tail.kafka import Viewer
from tests.ingest.worker import line, produce, running_worker, stored, wait_for
from tests.parts import Part, start_kafka

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(180)]

Cluster = tuple[Part, str, Path]


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Cluster]:
    """A broker whose log may be cut, and its folder."""
    folder = tmp_path / "cut"
    folder.mkdir()
    part, brokers = start_kafka(folder)
    ensure_topic(brokers, "logs", 1, 1, 2**30, 3_600_000)
    yield part, brokers, folder
    part.stop()


def send(brokers: str, first: int, end: int, word: str) -> None:
    """Ten messages a batch, so that a log can be cut between."""
    for start in range(first, end, 10):
        produce(brokers, "logs", [line(n, word) for n in range(start, start + 10)])


def shown(viewer: Viewer) -> dict[str, str]:
    """Ids and messages."""
    frames = viewer.of("entries")
    return {e["id"]: e["message"] for frame in frames for e in frame["entries"]}


async def test_a_tail_tells_of_the_cut_and_goes_on_under_the_stored_ids(
    own_kafka: Cluster, mongo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LOOK_AROUND_S", 0.2)
    part, brokers, folder = own_kafka
    hub = Hub(brokers, "logs", lambda identity: starts(mongo, "logs", identity))
    viewer = Viewer(hub)
    await viewer.hello()
    with running_worker(brokers, "logs", mongo, tmp_path):
        await asyncio.to_thread(send, brokers, 0, 100, "old")
        await viewer.until(lambda: len(viewer.messages) >= 100)
        await stored_up_to(mongo, "old 99")
        await asyncio.to_thread(cut_log, part, folder, "logs", 60)
        await asyncio.to_thread(send, brokers, 60, 80, "new")
        await stored_up_to(mongo, "new 79")
        ids = {one["_id"].hex(): one["message"] for one in stored(mongo)}
        await viewer.until(lambda: ids.keys() <= shown(viewer).keys())

        await asyncio.to_thread(send, brokers, 80, 90, "new")
        await stored_up_to(mongo, "new 89")
        later = {one["_id"].hex(): one["message"] for one in stored(mongo)}
        await viewer.until(lambda: "new 89" in viewer.messages)

    await viewer.close()
    assert "truncated" in [gap["reason"] for gap in viewer.of("gap")]
    assert {i: m for i, m in shown(viewer).items() if i in later} == later


async def stored_up_to(mongo: Any, message: str) -> None:
    await asyncio.to_thread(wait_for, lambda: message in visible_messages(mongo))
