"""Whatever happens on the way, the same log gives the same store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fold.block import State, to_datetime
from ingest.fold.duplicates import KEY_HOLDS_MS
from ingest.fold.state import Message, PartitionFold
from tests.ingest.fold.log import LANE, START_MS, MemoryStore, in_runs, make_message

SECOND = 1_000
GAPS_MS = [0, 0, 1, SECOND, 70 * SECOND, KEY_HOLDS_MS - 1, KEY_HOLDS_MS + 1, 86_400_000]


@dataclass(frozen=True)
class Log:
    """The messages of a partition and the offset behind its end."""

    start: int
    messages: list[Message]
    end: int

    def between(self, low: int, high: int) -> list[Message]:
        return [m for m in self.messages if low <= m.offset < high]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Logs with gaps, day borders, clocks that jump back, bad and repeated entries."""
    offset = start = draw(st.sampled_from([0, 5, 1_020]))
    received = START_MS
    messages = []
    for _ in range(draw(st.integers(0, 40))):
        offset += draw(st.sampled_from([0, 0, 0, 0, 1, 3, 700, 1_500]))
        received += draw(st.sampled_from(GAPS_MS))
        request = draw(st.sampled_from([None, b"a" * 12, b"b" * 12]))
        index = draw(st.integers(0, 3)).to_bytes(4, "big")
        messages.append(
            make_message(
                offset,
                received - draw(st.sampled_from([0, 0, SECOND])),
                request=request + index if request else None,
                bad=draw(st.sampled_from([False] * 5 + [True])),
                event=received - draw(st.sampled_from([0, 90 * SECOND, 10**12])),
            )
        )
        offset += 1
    return Log(start, messages, offset + draw(st.sampled_from([0, 0, 1, 1_100])))


def read_to(fold: PartitionFold, log: Log, end: int) -> None:
    fold.fold(log.between(fold.next, end))
    fold.pass_over(end)


def stored_at_once(log: Log) -> MemoryStore:
    store = MemoryStore()
    fold = PartitionFold(LANE, log.start)
    read_to(fold, log, log.end)
    store.apply(fold.take_writes())
    return store


@given(log=logs(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_chunks_crashes_and_rereading_give_the_same_store(
    log: Log, data: st.DataObject
) -> None:
    expected = stored_at_once(log)
    store = MemoryStore()
    fold = store.reopen(log.start)
    for _ in range(100):
        low = data.draw(st.integers(log.start, fold.next), "read from")
        high = data.draw(st.integers(fold.next, log.end), "read to")
        messages = log.between(low, high)
        by_run = data.draw(st.booleans(), "plain messages come in runs")
        fold.fold(in_runs(messages) if by_run else messages)
        fold.pass_over(high)
        steps = data.draw(st.sampled_from([4, 4, 4, 0, 1, 2, 3]), "writes that land")
        may_wait = data.draw(st.booleans(), "an unfinished block may wait")
        store.apply(fold.take_writes(may_wait), steps)
        if steps < 4 or data.draw(st.booleans(), "the worker ends"):
            fold = store.reopen(log.start)
        if fold.next >= log.end:
            break
    read_to(fold, log, log.end)
    store.apply(fold.take_writes())

    assert store == expected


@given(log=logs(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_two_owners_at_once_write_the_same_as_one(
    log: Log, data: st.DataObject
) -> None:
    expected = stored_at_once(log)
    store = MemoryStore()
    owners = [store.reopen(log.start), store.reopen(log.start)]
    for _ in range(20):
        owner = data.draw(st.sampled_from(owners), "who goes on")
        read_to(owner, log, data.draw(st.integers(owner.next, log.end), "to"))
        may_wait = data.draw(st.booleans(), "an unfinished block may wait")
        store.apply(owner.take_writes(may_wait))
    for owner in owners:
        read_to(owner, log, log.end)
        store.apply(owner.take_writes())

    assert store == expected


@given(log=logs())
@settings(max_examples=40, deadline=None)
def test_every_offset_of_a_log_is_in_exactly_one_state_of_one_block(log: Log) -> None:
    store = stored_at_once(log)
    blocks = [store.blocks[key] for key in sorted(store.blocks)]

    for block in blocks:
        assert sum(block["states"].values()) == block["last"] - block["first"] + 1
    for before, after in zip(blocks, blocks[1:], strict=False):
        assert after["first"] == before["last"] + 1
        assert before["done"]
    if log.messages:
        assert blocks[0]["first"] == log.start
        assert blocks[-1]["last"] == log.end - 1


@given(log=logs())
@settings(max_examples=40, deadline=None)
def test_a_keyed_entry_is_stored_once_within_the_hour(log: Log) -> None:
    store = stored_at_once(log)
    stored = {int.from_bytes(key[8:]) for day in store.entries.values() for key in day}

    for message in log.messages:
        twins = [
            m
            for m in log.messages
            if m.request and m.request == message.request and m.offset in stored
        ]
        for one, other in zip(twins, twins[1:], strict=False):
            assert abs(other.received - one.received) > KEY_HOLDS_MS - 2 * SECOND


@given(log=logs())
@settings(max_examples=40, deadline=None)
def test_every_offset_is_in_the_flow_of_the_minute_that_kafka_finds_it_by(
    log: Log,
) -> None:
    found = Counter[datetime]()
    for block in stored_at_once(log).blocks.values():
        assert sum(n for *_, n in block["flow"]) == sum(block["states"].values())
        for minute, _, state, count in block["flow"]:
            if state != State.VOID:
                found[minute] += count
    reached, expected = -1, Counter[datetime]()
    for message in log.messages:
        reached = max(reached, message.received)
        expected[to_datetime(reached // 60_000 * 60_000)] += 1

    assert found == expected
