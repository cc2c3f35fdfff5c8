"""The logging handler that programs copy: what it sends, and what in trouble."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ingest.formats.canonical import canonical_entry
from ingest.send import logsite_handler
from ingest.send.logsite_handler import LogsiteHandler
from tests.ingest.send.receiver import Receiver, Scripted

AWAY = Scripted(503, {"error": {"code": "brokers_unavailable"}}, {"Retry-After": "0"})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logsite_handler, "FIRST_WAIT_S", 0.01)


@contextmanager
def logging_to(
    url: str, **more: Any
) -> Iterator[tuple[logging.Logger, LogsiteHandler]]:
    """A logger with nothing but the handler."""
    handler = LogsiteHandler(url, "alice", **{"batch_s": 0.05, **more})
    log = logging.Logger("shop.orders")
    log.addHandler(handler)
    try:
        yield log, handler
    finally:
        handler.close()


def wait_until(what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not what():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_it_sends_a_record_as_an_entry() -> None:
    fields = {"host": "w1"}
    with (
        Receiver() as receiver,
        logging_to(receiver.url, service="shop", fields=fields) as (log, handler),
    ):
        log.warning("order %d failed", 7, extra={"order": {"id": 7}})
        handler.flush()
        (entry,) = receiver.entries

    assert canonical_entry(json.dumps(entry).encode())
    assert (entry["level"], entry["service"]) == ("WARN", "shop")
    assert entry["message"] == "order 7 failed"
    metadata = entry["metadata"]
    assert metadata["order"] == {"id": 7}
    assert (metadata["host"], metadata["component"]) == ("w1", "shop.orders")
    assert metadata["pid"] == os.getpid()
    assert receiver.requests[0]["Authorization"] == "Bearer alice"


def test_it_sends_an_exception_with_its_stack() -> None:
    with Receiver() as receiver, logging_to(receiver.url) as (log, handler):
        try:
            raise LookupError("no such order")
        except LookupError:
            log.exception("failed")
        handler.flush()
        (entry,) = receiver.entries

    assert entry["message"].startswith("failed\nTraceback")
    assert entry["metadata"]["exception"] == "LookupError"


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (5, "TRACE"),
        (10, "DEBUG"),
        (25, "INFO"),
        (40, "ERROR"),
        (50, "FATAL"),
        (99, "FATAL"),
    ],
)
def test_it_knows_levels_by_their_numbers(level: int, name: str) -> None:
    with Receiver() as receiver, logging_to(receiver.url) as (log, handler):
        log.log(level, "a")
        handler.flush()

        assert receiver.entries[0]["level"] == name


def test_it_sends_whatever_an_extra_holds() -> None:
    circular: list[Any] = []
    circular.append(circular)
    with Receiver() as receiver, logging_to(receiver.url) as (log, handler):
        for odd in (float("nan"), circular, {(1, 2): 3}, object(), "\ud83d"):
            log.info("a", extra={"odd": odd})
        log.info("x" * 100_000)
        handler.flush()

        assert len(receiver.entries) == 6
        assert len(receiver.entries[5]["message"]) < 61_000
        assert handler.dropped == 0


def test_it_sends_many_in_few_requests() -> None:
    with (
        Receiver() as receiver,
        logging_to(receiver.url, batch_size=100, batch_s=5.0) as (log, handler),
    ):
        for n in range(1_000):
            log.info("%d", n)
        handler.flush()

        assert receiver.messages == [str(n) for n in range(1_000)]
        assert len(receiver.requests) == 10


def test_it_tries_again_with_the_same_key() -> None:
    with Receiver(AWAY, AWAY) as receiver, logging_to(receiver.url) as (log, handler):
        log.info("a")
        wait_until(lambda: bool(receiver.entries))

        keys = {request["Idempotency-Key"] for request in receiver.requests}
        assert (len(receiver.requests), len(keys)) == (3, 1)
        assert receiver.messages == ["a"]
        assert handler.dropped == 0


def test_it_waits_as_long_as_the_server_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(logsite_handler.Shipper, "_pause", lambda _, s: waits.append(s))
    busy = Scripted(429, {}, {"Retry-After": "7"})
    with Receiver(busy, busy) as receiver, logging_to(receiver.url) as (log, _):
        log.info("a")
        wait_until(lambda: bool(receiver.entries))

    assert [7 < wait < 7.1 for wait in waits] == [True, True]


def test_it_never_blocks_and_says_in_the_log_what_it_dropped() -> None:
    port = free_port()
    with logging_to(f"http://127.0.0.1:{port}", queue_size=100) as (log, handler):
        for n in range(1_000):
            log.info("%d", n)
        lost = handler.dropped
        assert 300 <= lost <= 900  # a batch of 500 may be in the thread's hands

        with Receiver(port=port) as receiver:
            wait_until(lambda: len(receiver.entries) > 1_000 - lost)
            told = [e for e in receiver.entries if "dropped" in e["metadata"]]

    assert sum(entry["metadata"]["dropped"] for entry in told) == lost
    assert told[0]["level"] == "WARN"
    assert len(receiver.entries) - len(told) == 1_000 - lost
    assert handler.dropped == lost


def test_it_holds_no_more_bytes_than_it_may() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with logging_to(url, queue_bytes=100_000, exit_s=0.1) as (log, handler):
        for _ in range(100):
            log.info("x" * 50_000)

        assert handler.dropped > 50


@pytest.mark.parametrize("status", [401, 403, 415, 301])
def test_it_drops_and_counts_what_is_refused(
    status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = Scripted(status, {"error": {"code": "unknown_token"}})
    with Receiver(refused) as receiver, logging_to(receiver.url) as (log, handler):
        log.info("a")
        log.info("b")
        wait_until(lambda: handler.dropped == 2)
        log.info("c")
        wait_until(lambda: len(receiver.entries) == 2)

    assert receiver.messages == ["2 log records of this process were dropped.", "c"]
    assert "unknown_token" in receiver.entries[0]["metadata"]["reason"]
    assert capsys.readouterr().err.count("unknown_token") == 1


def test_it_counts_what_the_server_rejects_of_a_batch() -> None:
    results = [{"index": 0, "code": "too_large"}]
    some = Scripted(202, {"accepted": 1, "rejected": 1, "results": results})
    with Receiver(some) as receiver, logging_to(receiver.url) as (log, handler):
        log.info("a")
        log.info("b")
        wait_until(lambda: handler.dropped == 1)


def test_it_counts_a_record_that_cannot_be_formatted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with Receiver() as receiver, logging_to(receiver.url) as (log, handler):
        log.info("%d", "no number")

        assert handler.dropped == 1


def test_flush_does_not_wait_for_a_server_that_is_away() -> None:
    with (
        Receiver(*[AWAY] * 10_000) as receiver,
        logging_to(receiver.url, exit_s=60) as (log, handler),
    ):
        log.info("a")
        flushing = threading.Thread(target=handler.flush)
        flushing.start()
        flushing.join(timeout=20)

        assert not flushing.is_alive()
        receiver.script.clear()  # so that close need not wait either


def test_close_gives_up_in_time_and_says_how_much_was_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logging_to(f"http://127.0.0.1:{free_port()}", exit_s=0.3) as (log, handler):
        for _ in range(3):
            log.info("a")

    assert handler.dropped == 3
    assert "3 records were not sent" in capsys.readouterr().err
    log.info("after the end")
    assert handler.dropped == 4


def test_it_refuses_what_is_no_address() -> None:
    with pytest.raises(ValueError):
        LogsiteHandler("logs.example.com", "token")


PROGRAM = """
import logging, os, sys
from ingest.send.logsite_handler import LogsiteHandler

url, how, count = sys.argv[1:]
handler = LogsiteHandler(url, "alice", batch_size=50, batch_s=0.05)
logging.basicConfig(level="INFO", handlers=[handler])
if how == "fork":
    logging.info("parent")
    if os.fork() == 0:
        logging.info("child")
        sys.exit()
    os.wait()
for n in range(int(count)):
    logging.info("%d", n)
    if how == "endless" and n % 100 == 0:
        handler.flush()
        print(n, flush=True)
"""


@contextmanager
def program(url: str, how: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, url, how, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


def test_a_program_that_ends_sends_everything_first() -> None:
    with Receiver() as receiver:
        with program(receiver.url, "plain", 1_000) as process:
            process.wait(timeout=60)

        assert receiver.messages == [str(n) for n in range(1_000)]


def test_a_fork_sends_its_own_records_only() -> None:
    with Receiver() as receiver:
        with program(receiver.url, "fork", 10) as process:
            process.wait(timeout=60)

        numbers = [str(n) for n in range(10)]
        assert sorted(receiver.messages) == sorted(["parent", "child", *numbers])


def test_of_a_killed_program_all_that_was_flushed_is_there_once() -> None:
    with Receiver() as receiver:
        with program(receiver.url, "endless", 10_000_000) as process:
            assert process.stdout
            flushed = [int(process.stdout.readline()) for _ in range(5)][-1]
            process.send_signal(signal.SIGKILL)
        numbers = [int(message) for message in receiver.messages]

    assert numbers == list(range(len(numbers)))
    assert len(numbers) > flushed
