"""Tails on a real topic: nothing twice, nothing missing, nothing when nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from ingest.errors import Busy
from ingest.fold.block import position
from ingest.query.filter import LogFilter
from ingest.tail import hub as hub_module
from ingest.tail.hub import Hub
from ingest.tail.lives import Starts
from tests.ingest.tail.kafka import WAIT_S, Viewer, unraised
from tests.ingest.worker import line, produce

pytestmark = pytest.mark.parts

View = Callable[..., Awaitable[Viewer]]


@pytest.fixture
def raised() -> dict[int, tuple[int, ...]]:
    """Where generations after the first begin, as the heads have it."""
    return {}


@pytest.fixture
def hub(kafka_brokers: str, topic: str, raised: Starts) -> Hub:
    return Hub(kafka_brokers, topic, lambda _: dict(raised))


@pytest.fixture
async def view(hub: Hub) -> AsyncIterator[View]:
    """Opens tails that have said hello."""
    opened: list[Viewer] = []

    async def open_one(text: str = "", cursor: str = "") -> Viewer:
        viewer = Viewer(hub, text, cursor)
        opened.append(viewer)
        await viewer.hello()
        return viewer

    yield open_one
    for viewer in opened:
        await viewer.close()
    await idle(hub)


async def idle(hub: Hub) -> None:
    async with asyncio.timeout(WAIT_S):
        while hub.is_reading:  # noqa: ASYNC110 - nothing tells when it is over
            await asyncio.sleep(0.01)


@pytest.fixture
def send(kafka_brokers: str, topic: str) -> Callable[..., Awaitable[list[str]]]:
    """Puts lines on a partition; answers their messages."""

    async def put(
        count: int, text: str = "card declined", partition: int = 0
    ) -> list[str]:
        lines = [line(number, text) for number in range(count)]
        await asyncio.to_thread(
            produce, kafka_brokers, topic, lines, partition=partition
        )
        return [f"{text} {number}" for number in range(count)]

    return put


Send = Callable[..., Awaitable[list[str]]]


async def test_it_shows_what_comes_after_hello(view: View, send: Send) -> None:
    await send(3, "before")
    viewer = await view()

    sent = await send(3, "after")

    await viewer.until(lambda: len(viewer.messages) >= 3)
    assert viewer.messages == sent


async def test_it_shows_only_what_matches(view: View, send: Send) -> None:
    cards, refunds = await view("declined"), await view("refund")

    await send(2, "card declined")
    await send(2, "refund paid", partition=1)

    await cards.until(lambda: len(cards.messages) >= 2)
    await refunds.until(lambda: len(refunds.messages) >= 2)
    assert cards.messages == ["card declined 0", "card declined 1"]
    assert refunds.messages == ["refund paid 0", "refund paid 1"]


async def test_there_is_no_consumer_while_nobody_watches(hub: Hub, view: View) -> None:
    assert not hub.is_reading
    viewer = await view()
    assert hub.is_reading

    await viewer.close()

    await idle(hub)


async def test_it_goes_on_at_a_cursor_without_a_gap(view: View, send: Send) -> None:
    first, other = await view(), await view()
    sent = await send(5, "one")
    await first.until(lambda: len(first.messages) >= 5)
    await first.close()

    sent += await send(3_000, "two") + await send(1_000, "three", partition=1)
    again = await view("", first.cursor)
    sent += await send(5, "four")

    await again.until(lambda: len(first.messages + again.messages) >= len(sent))
    assert sorted(first.messages + again.messages) == sorted(sent)
    assert again.of("gap") == again.of("skipped") == []
    await other.until(lambda: len(other.messages) + other.skipped >= len(sent))


async def test_two_who_catch_up_at_different_places_get_the_same(
    view: View, send: Send
) -> None:
    begun = await view()
    start = begun.cursor
    sent = await send(500)
    await begun.until(lambda: len(begun.messages) >= 500)

    late, later = await view("", start), await view("", start)

    await late.until(lambda: len(late.messages) >= 500)
    await later.until(lambda: len(later.messages) >= 500)
    assert late.messages == later.messages == sent


async def test_what_is_too_much_is_counted_with_its_range(
    view: View, send: Send
) -> None:
    slow = await view()
    slow.tail.paused = True
    sent = await send(5_000)
    await slow.until(
        lambda: slow.of("status")[-1:] and slow.of("status")[-1]["waiting"]
    )

    slow.tail.paused = False

    await slow.until(lambda: len(slow.messages) + slow.skipped >= 5_000)
    assert len(slow.messages) + slow.skipped == 5_000
    missed = await view("", slow.of("skipped")[0]["from"])
    await missed.until(lambda: sent[-1] in missed.messages)
    assert sorted({*slow.messages, *missed.messages}) == sorted(sent)


async def test_a_new_filter_goes_on_where_the_old_one_was(
    view: View, send: Send
) -> None:
    viewer = await view("declined")
    await send(2, "card declined")
    await viewer.until(lambda: len(viewer.messages) >= 2)

    viewer.tail.refilter(LogFilter("refund"))
    await send(2, "refund paid")

    await viewer.until(lambda: len(viewer.messages) >= 4)
    assert viewer.of("entries")[-1]["filter"] == 1
    assert viewer.messages[2:] == ["refund paid 0", "refund paid 1"]


async def test_after_a_pause_it_goes_on_with_the_newest_and_counts_the_rest(
    view: View, send: Send
) -> None:
    viewer = await view()
    viewer.tail.paused = True
    await send(20)
    await viewer.until(lambda: waiting(viewer) == 20)
    assert any(status["matched_per_s"] for status in viewer.of("status"))

    viewer.tail.resume(newest=0)

    await viewer.until(lambda: viewer.skipped == 20)
    await send(1, "later")
    await viewer.until(lambda: viewer.messages)
    assert viewer.messages == ["later 0"]


def waiting(viewer: Viewer) -> int:
    statuses = viewer.of("status")
    return int(statuses[-1]["waiting"]) if statuses else 0


async def test_entries_have_the_ids_under_which_they_are_stored(
    view: View, send: Send
) -> None:
    viewer = await view()
    await send(1)
    await viewer.until(lambda: viewer.messages)

    [entry] = viewer.of("entries")[0]["entries"]
    incarnation = viewer.cursor.split(".")[0]
    assert entry["id"] == incarnation + f"{0:08x}{0:016x}"


async def test_a_generation_that_is_raised_is_a_gap_and_other_ids_follow(
    view: View,
    send: Send,
    raised: dict[int, tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "LOOK_AROUND_S", 0.2)
    viewer = await view()
    await send(4)
    await viewer.until(lambda: len(viewer.messages) >= 4)

    raised[0] = (2,)  # a worker found that offsets from 2 on are others now

    await viewer.until(lambda: len(viewer.messages) >= 6)
    [gap] = viewer.of("gap")
    assert (gap["partition"], gap["to"], gap["reason"]) == (0, 2, "truncated")
    ids = [entry["id"] for frame in viewer.of("entries") for entry in frame["entries"]]
    assert ids[:4] == [stored_id(viewer, 0, offset) for offset in range(4)]
    assert ids[4:] == [stored_id(viewer, 1, offset) for offset in (2, 3)]


def stored_id(viewer: Viewer, generation: int, offset: int) -> str:
    watch = viewer.tail._watch
    assert watch
    life = watch.lives.incarnation(generation)
    return position(life, 0, offset).hex()


async def test_it_goes_on_while_nobody_tells_of_generations(
    kafka_brokers: str, topic: str, send: Send
) -> None:
    def away(_topic_id: str) -> Starts:
        raise Busy("MongoDB is away")

    hub = Hub(kafka_brokers, topic, away)
    viewer = Viewer(hub)
    await viewer.hello()

    sent = await send(3)

    await viewer.until(lambda: len(viewer.messages) >= 3)
    assert viewer.messages == sent
    await viewer.close()
    await idle(hub)


async def test_a_retry_has_the_id_of_the_entry_that_is_stored(
    view: View, kafka_brokers: str, topic: str
) -> None:
    viewer = await view()
    keyed = [[("request", bytes(16))]] * 2
    produce(kafka_brokers, topic, [line(1), line(1)], headers=keyed)

    await viewer.until(lambda: len(viewer.messages) >= 2)

    first, again = (e for frame in viewer.of("entries") for e in frame["entries"])
    assert again["id"] == first["id"]


async def test_it_says_which_offsets_kafka_has_deleted(
    view: View, send: Send, kafka_brokers: str, topic: str
) -> None:
    viewer = await view()
    start = viewer.cursor
    sent = await send(10)
    admin = AdminClient({"bootstrap.servers": kafka_brokers})
    for deleted in admin.delete_records([TopicPartition(topic, 0, 4)]).values():
        deleted.result(10)

    late = await view("", start)

    await late.until(lambda: len(late.messages) >= 6)
    assert late.messages == sent[4:]
    [gap] = late.of("gap")
    assert (gap["partition"], gap["from"], gap["to"]) == (0, 0, 4)
    assert gap["reason"] == "expired"


async def test_a_partition_that_is_added_is_shown_from_its_start(
    view: View,
    send: Send,
    kafka_brokers: str,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "LOOK_AROUND_S", 0.2)
    viewer = await view()
    admin = AdminClient({"bootstrap.servers": kafka_brokers})
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(10)

    sent = await send(3, "on the new one", partition=3)

    await viewer.until(lambda: len(viewer.messages) >= 3)
    assert viewer.messages == sent


async def test_it_says_that_kafka_is_away() -> None:
    viewer = Viewer(Hub("127.0.0.1:1", "logs", unraised))

    await viewer.until(lambda: viewer.of("error"))

    assert viewer.of("error")[0]["code"] == "brokers_unavailable"
    await viewer.close()


async def test_fifty_tails_with_ten_filters_are_told_of_every_match(
    view: View, kafka_brokers: str, topic: str
) -> None:
    words = [f"word{number}" for number in range(9)]
    filters = ["", *words]
    viewers = [await view(filters[number % 10]) for number in range(50)]
    lines = [line(n, f"{words[n % 9]} of {n}") for n in range(18_000)]

    for partition in range(3):
        some = lines[partition::3]
        await asyncio.to_thread(
            produce, kafka_brokers, topic, some, partition=partition
        )

    for number, viewer in enumerate(viewers):
        due = 2_000 if number % 10 else 18_000
        await viewer.until(partial(has_been_told, viewer, due))
    await viewers[0].until(lambda: viewers[0].of("status")[-1]["waiting"] == 0)
    assert [told(viewer) for viewer in viewers] == [18_000, *[2_000] * 9] * 5


def has_been_told(viewer: Viewer, matches: int) -> bool:
    return told(viewer) >= matches


def told(viewer: Viewer) -> int:
    """Entries that came, and those that were counted instead."""
    return sum(len(frame["entries"]) for frame in viewer.of("entries")) + viewer.skipped
