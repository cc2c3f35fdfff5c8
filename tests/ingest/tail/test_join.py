"""What search found and what the tail goes on with: together all, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ingest import mongo as mongodb
from ingest.query.filter import LogFilter
from ingest.query.run import search
from ingest.tail.cursor import after
from ingest.tail.heads import starts
from ingest.tail.hub import Hub
from logsite.search.live import latest
from tests.ingest.tail.kafka import Viewer
from tests.ingest.worker import line, produce, running_worker, visible, wait_for

pytestmark = pytest.mark.parts

TOTAL = 6_000


@pytest.fixture
def hub(kafka_brokers: str, topic: str, mongo: Any) -> Hub:
    return Hub(kafka_brokers, topic, lambda identity: starts(mongo, topic, identity))


@pytest.fixture
def pages(mongo: Any, mongo_url: str) -> Iterator[None]:
    """The pages read the database of the test."""
    mongodb.configure(mongo_url.replace("/logsite?", f"/{mongo.name}?"))
    yield
    mongodb.database().client.close()
    mongodb.configure(settings.MONGO_URL)


async def send(brokers: str, topic: str) -> None:
    """Two thousand a second or so, on two partitions."""
    for first in range(0, TOTAL, 100):
        lines = [line(n) for n in range(first, first + 100)]
        partition = first // 100 % 2
        await asyncio.to_thread(produce, brokers, topic, lines, partition=partition)


def ids(viewer: Viewer) -> list[str]:
    return [entry["id"] for frame in viewer.of("entries") for entry in frame["entries"]]


async def test_search_and_tail_join_without_overlap_or_hole_under_load(
    hub: Hub, kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> None:
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        sending = asyncio.create_task(send(kafka_brokers, topic))
        await asyncio.to_thread(wait_for, lambda: visible(mongo) > 200)
        page = await asyncio.to_thread(search, mongo, LogFilter(), TOTAL)
        viewer = Viewer(hub, "", after(page.pinned))

        await sending
        found = [item.id for item in page.items]
        await viewer.until(lambda: len(found) + len(ids(viewer)) >= TOTAL)
        await viewer.close()

        await asyncio.to_thread(wait_for, lambda: visible(mongo) >= TOTAL)
        stored = await asyncio.to_thread(search, mongo, LogFilter(), TOTAL)
    assert 200 < len(found) < TOTAL
    assert sorted(found + ids(viewer)) == sorted(item.id for item in stored.items)


async def test_a_page_that_is_loaded_again_goes_on_at_its_cursor(
    hub: Hub, pages: None, kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> None:
    viewer = Viewer(hub)
    await viewer.hello()
    produce(kafka_brokers, topic, [line(n) for n in range(10)])
    await viewer.until(lambda: len(viewer.messages) >= 10)
    cursor = viewer.cursor
    await viewer.close()
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        produce(kafka_brokers, topic, [line(n) for n in range(10, 80)])
        await asyncio.to_thread(wait_for, lambda: visible(mongo) >= 80)

    begun = await asyncio.to_thread(latest, LogFilter(), cursor)
    again = Viewer(hub, "", begun.cursor)

    await again.until(lambda: len(again.messages) >= 70)
    await again.close()
    assert [item.id for item in begun.items] == ids(viewer)
    assert len({*ids(viewer), *ids(again)}) == 80


async def test_what_the_list_showed_before_it_was_stored_is_shown_again(
    hub: Hub, pages: None, kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> None:
    viewer = Viewer(hub)
    await viewer.hello()
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        produce(kafka_brokers, topic, [line(n) for n in range(10)])
        await asyncio.to_thread(wait_for, lambda: visible(mongo) >= 10)
    produce(kafka_brokers, topic, [line(n) for n in range(10, 15)])
    await viewer.until(lambda: len(viewer.messages) >= 15)
    cursor = viewer.cursor
    await viewer.close()

    begun = await asyncio.to_thread(latest, LogFilter(), cursor)
    again = Viewer(hub, "", begun.cursor)

    await again.until(lambda: len(again.messages) >= 5)
    await again.close()
    assert [item.id for item in begun.items] + ids(again) == ids(viewer)
