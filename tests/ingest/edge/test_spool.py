"""Requests on disk while Kafka is away: synced, bounded, and sent once it is back."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest

from ingest.edge import drain as drain_module
from ingest.edge import spool as spool_module
from ingest.edge.circuit import OPEN_S
from ingest.edge.delivery import Delivery
from ingest.edge.drain import Drain
from ingest.edge.recall import Known, Recall
from ingest.edge.spool import Spool, SpoolSettings
from ingest.edge.spoolfile import Spooled, packed, unpacked
from ingest.edge.spoolfolder import DAMAGED, abandoned
from ingest.errors import Busy, Unavailable
from ingest.fold.duplicates import BlockRequests
from ingest.kafka.producer import Message
from tests.ingest.edge.senders import FakeProducer

MINUTE_MS = 60_000


def entry(text: str, key: bytes | None = None) -> list[Message]:
    if key is None:
        return [(text.encode(), b"api/1", None)]
    return [(text.encode(), b"api/1", {"request": key + bytes(4)})]


def record(text: str, at_ms: int = 5) -> Spooled:
    return Spooled(at_ms, False, text.encode().ljust(12), [(text.encode(), b"k", 0)])


@pytest.fixture(scope="session")
def no_mongo() -> Iterator[Any]:
    client: pymongo.MongoClient[Any] = pymongo.MongoClient(
        "mongodb://127.0.0.1:1", serverSelectionTimeoutMS=1, connect=False
    )
    with client:
        yield client["logsite"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What the data clock was told of spools: folder -> oldest."""
    told: dict[str, int] = {}

    def register(_: Any, name: str, oldest_ms: int) -> None:
        told[name] = oldest_ms

    def forget(_: Any, name: str) -> bool:
        told.pop(name, None)
        return True

    monkeypatch.setattr(drain_module, "register", register)
    monkeypatch.setattr(drain_module, "forget", forget)
    return told


class Web:
    """The spooling half of a web process whose Kafka and clock are played."""

    def __init__(self, root: Path, db: Any, max_bytes: int = 2**20) -> None:
        self.kafka = FakeProducer()
        self.now = 1_000.0
        self.now_ms = 10**12
        self.delivery = Delivery(self.kafka, clock=lambda: self.now)
        self.spool = Spool(SpoolSettings(root, max_bytes, "unused"))
        self.drain = Drain(
            *(root, self.spool, self.delivery, db, "logs"), now_ms=lambda: self.now_ms
        )
        self.delivery.spool_to(self.spool, self.drain.tell)

    async def lose_kafka(self) -> None:
        self.kafka.away = True
        with pytest.raises(Unavailable):
            await self.delivery.send(entry("in flight"))

    async def regain_kafka(self) -> None:
        self.kafka.away = False
        self.now += OPEN_S
        await self.drain.round()

    @property
    def texts(self) -> list[str]:
        return [value.decode() for value, _, _ in self.kafka.sent]

    @property
    def files(self) -> list[Path]:
        return sorted(self.spool.folder.path.glob("*.spool"))

    def die(self) -> None:
        """As after kill -9: the lock is gone, the files are not."""
        os.close(self.spool.folder._lock)


@pytest.fixture
def web(tmp_path: Path, no_mongo: Any) -> Web:
    return Web(tmp_path, no_mongo)


async def test_it_accepts_locally_while_kafka_is_away_and_sends_later(web: Web) -> None:
    await web.lose_kafka()

    outcomes = [await web.delivery.send(entry(text)) for text in ("one", "two")]
    before = web.texts
    await web.regain_kafka()

    assert [outcome.is_local for outcome in outcomes] == [True, True]
    assert (before, web.texts) == ([], ["one", "two"])
    assert web.files == []
    assert web.spool.is_empty


async def test_it_keeps_the_key_of_a_request(web: Web) -> None:
    await web.lose_kafka()

    await web.delivery.send(entry("one", key=b"k" * 12))
    await web.regain_kafka()

    assert web.kafka.sent == entry("one", key=b"k" * 12)


async def test_a_keyed_request_that_was_not_acknowledged_is_spooled(web: Web) -> None:
    web.kafka.away = True

    assert (await web.delivery.send(entry("one", key=b"k" * 12))).is_local


async def test_a_request_without_key_that_was_not_acknowledged_is_refused(
    web: Web,
) -> None:
    await web.lose_kafka()

    assert web.spool.is_empty


async def test_it_is_synced_before_it_is_accepted(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    sync = os.fdatasync

    def note(handle: int) -> None:
        synced.append(os.fstat(handle).st_size)
        sync(handle)

    monkeypatch.setattr(os, "fdatasync", note)
    await web.spool.add(record("one"))

    assert synced == [len(packed(record("one")))]


async def test_requests_at_once_share_a_sync(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    monkeypatch.setattr(os, "fdatasync", syncs.append)

    await asyncio.gather(*(web.spool.add(record(str(n))) for n in range(100)))

    assert len(syncs) <= 2
    assert len(await web.spool.ready_segments()) == 1


class SlowDisk:
    """Each sync waits until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self._let_go = threading.Semaphore(0)

    def sync(self, _: int) -> None:
        self.began.release()
        self._let_go.acquire()

    async def until_busy(self) -> None:
        await asyncio.to_thread(self.began.acquire)

    def let_go(self, times: int = 1) -> None:
        self._let_go.release(times)


async def test_a_client_that_goes_away_ends_nobody_elses_write(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk()
    monkeypatch.setattr(os, "fdatasync", disk.sync)

    def add(text: str) -> asyncio.Task[None]:
        return asyncio.create_task(web.spool.add(record(text)))

    tasks = [add("alone")]
    await disk.until_busy()
    tasks += [add("gone"), add("in one group with it")]
    await asyncio.sleep(0)
    disk.let_go()
    await disk.until_busy()
    tasks[1].cancel()
    tasks.append(add("later"))
    await asyncio.sleep(0.01)  # a write that did not wait its turn would begin
    overlapped = disk.began.acquire(blocking=False)
    disk.let_go(9)

    async with asyncio.timeout(5):
        await asyncio.gather(tasks[0], *tasks[2:])
    (segment,) = await web.spool.ready_segments()
    records, _ = unpacked(segment.path.read_bytes())
    assert not overlapped
    assert [one.entries[0][0] for one in records] == [
        *(b"alone", b"gone", b"in one group with it", b"later")
    ]


async def test_a_client_that_goes_away_leaves_the_data_clock_told(
    web: Web, told: dict[str, int]
) -> None:
    asked, answers = asyncio.Event(), asyncio.Event()

    async def tell_slowly() -> None:
        asked.set()
        await answers.wait()
        await web.drain.tell()

    web.delivery.spool_to(web.spool, tell_slowly)
    await web.lose_kafka()
    gone, stays = (
        asyncio.create_task(web.delivery.send(entry(text))) for text in ("a", "b")
    )
    await asked.wait()
    gone.cancel()
    answers.set()

    async with asyncio.timeout(5):
        assert (await stays).is_local
        assert (await web.delivery.send(entry("c"))).is_local
    assert list(told) == [web.spool.folder.name]


async def test_it_takes_no_more_than_its_bytes_and_says_so(
    tmp_path: Path, no_mongo: Any
) -> None:
    web = Web(tmp_path, no_mongo, max_bytes=150)
    await web.lose_kafka()
    await web.delivery.send(entry("x" * 50))

    with pytest.raises(Unavailable) as caught:
        await web.delivery.send(entry("y" * 100))

    assert caught.value.code == "spool_full"
    assert web.delivery.refuses
    await web.regain_kafka()
    assert not web.delivery.refuses


async def test_a_full_disk_claims_nothing_and_leaves_no_torn_record(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    await web.lose_kafka()
    await web.delivery.send(entry("before"))

    def fail(handle: int, data: memoryview) -> int:
        os.pwrite(handle, data[:10], 0)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", fail)
        with pytest.raises(Unavailable, match="No space left"):
            await web.delivery.send(entry("lost"))
    await web.delivery.send(entry("after"))
    await web.regain_kafka()

    assert web.texts == ["before", "after"]
    assert not (web.spool.folder.path.parent / DAMAGED).exists()


async def test_a_torn_tail_is_put_aside_and_the_rest_is_sent(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    await web.lose_kafka()
    await web.delivery.send(entry("whole"))
    with web.files[0].open("ab") as file:
        file.write(packed(record("torn"))[:-3])

    await web.regain_kafka()

    assert web.texts == ["whole"]
    (kept,) = (web.spool.folder.path.parent / DAMAGED).iterdir()
    assert kept.read_bytes() == packed(record("torn"))[:-3]
    assert "ingest.spool.damaged" in [r.message for r in caplog.records]


async def test_the_data_clock_is_told_before_the_first_answer_and_after_the_last(
    web: Web, told: dict[str, int]
) -> None:
    await web.lose_kafka()

    await web.delivery.send(entry("one"))
    waiting = dict(told)
    await web.regain_kafka()

    assert list(waiting) == [web.spool.folder.name]
    assert told == {}


async def test_a_dead_process_is_forgotten_before_its_folder_goes_away(
    tmp_path: Path, no_mongo: Any, told: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, living = Web(tmp_path, no_mongo), Web(tmp_path, no_mongo)
    await dead.lose_kafka()
    await dead.delivery.send(entry("left behind"))
    dead.die()

    with monkeypatch.context() as patched:
        patched.setattr(drain_module, "forget", lambda *_: False)
        await living.drain.round()
    kept = dead.spool.folder.path.exists()
    await living.drain.round()

    assert (living.texts, kept, told) == (["left behind"], True, {})
    assert not dead.spool.folder.path.exists()


async def test_what_a_dead_process_left_is_sent_by_another(
    tmp_path: Path, no_mongo: Any, told: dict[str, int]
) -> None:
    dead, living = Web(tmp_path, no_mongo), Web(tmp_path, no_mongo)
    await dead.lose_kafka()
    await dead.delivery.send(entry("left behind"))

    await living.drain.round()
    while_alive = living.texts
    dead.die()
    await living.drain.round()

    assert (while_alive, living.texts) == ([], ["left behind"])
    assert not dead.spool.folder.path.exists()


async def test_two_processes_never_share_a_folder(
    tmp_path: Path, no_mongo: Any
) -> None:
    first, second = Web(tmp_path, no_mongo), Web(tmp_path, no_mongo)

    assert first.spool.folder.path != second.spool.folder.path
    assert list(abandoned(tmp_path)) == []


async def test_a_folder_that_is_empty_goes_away_with_its_process(web: Web) -> None:
    web.drain.close()

    assert list(web.spool.folder.path.parent.iterdir()) == []


async def test_sent_again_after_a_crash_it_has_the_same_names(
    tmp_path: Path, no_mongo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, living = Web(tmp_path, no_mongo), Web(tmp_path, no_mongo)
    await dead.lose_kafka()
    await dead.delivery.send(entry("twice"))
    with monkeypatch.context() as patched:
        patched.setattr("ingest.edge.spoolfolder.Segment.remove", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await dead.regain_kafka()
    dead.die()

    await living.drain.round()

    assert living.kafka.sent == dead.kafka.sent
    assert (living.kafka.sent[0][2] or {}).get("request")


async def test_it_asks_the_blocks_when_the_first_attempt_was_long_ago(web: Web) -> None:
    await web.lose_kafka()
    await web.delivery.send(entry("old"))
    (segment,) = await web.spool.ready_segments()
    segment.attempted(web.now_ms)
    web.now_ms += 56 * MINUTE_MS

    with pytest.raises(Busy):  # and MongoDB is away: it stays where it is
        await web.regain_kafka()

    assert web.texts == []
    assert len(web.files) == 1


async def test_requests_reach_kafka_while_the_spool_waits_for_the_blocks(
    web: Web,
) -> None:
    await web.lose_kafka()
    await web.delivery.send(entry("old", key=b"k" * 12))
    web.drain._now_ms = lambda: time.time_ns() // 1_000_000 + 10 * MINUTE_MS
    with pytest.raises(Busy):
        await web.regain_kafka()

    outcomes = [await web.delivery.send(entry(text)) for text in ("one", "two")]

    assert [outcome.is_local for outcome in outcomes] == [False, False]
    assert web.texts == ["one", "two"]


async def test_a_request_that_tries_kafka_for_a_waiting_spool_is_not_refused(
    web: Web,
) -> None:
    await web.lose_kafka()
    await web.delivery.send(entry("old", key=b"k" * 12))
    web.drain._now_ms = lambda: time.time_ns() // 1_000_000 + 10 * MINUTE_MS
    with pytest.raises(Busy):
        await web.regain_kafka()
    web.kafka.away = True

    outcomes = [await web.delivery.send(entry(text)) for text in ("one", "two")]

    assert [outcome.is_local for outcome in outcomes] == [True, True]
    assert web.kafka.asked == 2  # the one that was lost, and the one that tried


async def test_hazard_17_sent_twice_70_minutes_apart_it_is_stored_once(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    await web.lose_kafka()
    await web.delivery.send([*entry("stored"), *entry("not stored")])
    (segment,) = await web.spool.ready_segments()
    segment.attempted(web.now_ms)
    web.now_ms += 70 * MINUTE_MS

    def first_is_stored(_: Any, records: list[Spooled], attempted_ms: int) -> Known:
        assert attempted_ms == web.now_ms - 70 * MINUTE_MS
        blocks = BlockRequests()
        blocks.add(records[0].request + bytes(4), 100)
        return {records[0].request: blocks}

    monkeypatch.setattr(Recall, "known", first_is_stored)
    await web.regain_kafka()

    assert web.texts == ["not stored"]
    assert web.files == []


async def test_it_asks_nobody_within_the_hour(web: Web) -> None:
    await web.lose_kafka()
    await web.delivery.send(entry("young"))
    (segment,) = await web.spool.ready_segments()
    segment.attempted(web.now_ms)
    web.now_ms += 50 * MINUTE_MS

    await web.regain_kafka()

    assert web.texts == ["young"]


async def test_new_segments_begin_when_one_is_long_enough(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 100)
    await web.lose_kafka()
    for number in range(12):
        await web.delivery.send(entry(f"number {number}"))

    many = len(web.files)
    await web.regain_kafka()

    assert many > 3
    assert web.texts == [f"number {number}" for number in range(12)]
