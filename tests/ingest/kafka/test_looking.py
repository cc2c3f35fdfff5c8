"""The watch process keeps snapshots, and waits for parts that are away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import Busy
from ingest.kafka.watch import history, looking
from ingest.kafka.watch.looking import keep_looking, look
from ingest.watcher import WatchSettings, run_watch
from tests.ingest.worker import wait_for, worker_settings

pytestmark = pytest.mark.parts


@contextmanager
def running(target: Any, *arguments: Any) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=target, args=(*arguments, stopping))
    thread.start()
    yield
    stopping.set()
    thread.join(30)
    assert not thread.is_alive()


def watch_settings(brokers: str, topic: str, mongo: Any, folder: Path) -> WatchSettings:
    mongo.client.admin.command("ping")
    url = worker_settings(brokers, topic, mongo, folder, "").mongo_url
    return WatchSettings(brokers, topic, url, folder)


def test_a_look_is_kept(kafka_brokers: str, topic: str, mongo: Any) -> None:
    taken = look(kafka_brokers, mongo)

    kept = history.newest(mongo)
    assert kept is not None
    assert kept.topics == taken.topics
    assert topic in [found.name for found in kept.topics]


def test_it_looks_again_and_again(
    kafka_brokers: str, mongo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "EVERY_S", 0.05)

    with running(keep_looking, kafka_brokers, mongo):
        wait_for(lambda: mongo[history.COLLECTION].count_documents({}) >= 2)


def test_it_says_once_that_kafka_is_away_and_goes_on(
    mongo: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[str] = []

    def away(brokers: str, _now: Any) -> None:
        looks.append(brokers)
        raise Busy("away")

    monkeypatch.setattr(looking, "EVERY_S", 0.01)
    monkeypatch.setattr(looking, "take", away)
    with running(keep_looking, "nobody:1", mongo):
        wait_for(lambda: len(looks) > 3)

    assert caplog.messages == ["watch.snapshot.waiting"]


def test_the_watch_process_looks_beside_the_clock(
    kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> None:
    settings = watch_settings(kafka_brokers, topic, mongo, tmp_path)

    with running(run_watch, settings):
        wait_for(lambda: mongo[history.COLLECTION].count_documents({}) > 0)
        wait_for(lambda: mongo["clock"].count_documents({}) > 0)


def test_a_bug_in_looking_ends_the_watch_process(
    kafka_brokers: str,
    topic: str,
    mongo: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def bug(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(looking, "take", bug)
    settings = watch_settings(kafka_brokers, topic, mongo, tmp_path)

    with pytest.raises(ZeroDivisionError):
        run_watch(settings, threading.Event())
