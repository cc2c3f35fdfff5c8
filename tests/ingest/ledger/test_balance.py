"""Every offset of a minute is accounted for, or the minute says how many are not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fold.block import State, bare_document, position, to_datetime, to_ms
from ingest.fold.state import Message, PartitionFold
from ingest.ledger.balance import (
    MAX_SERVICES,
    MINUTE,
    OTHERS,
    Account,
    Balance,
    Stretch,
    Tally,
    account,
    by_service,
    minute_of,
    states_of,
)
from tests.ingest.fold.log import LANE, START, START_MS, make_message

NOON = START


def folded(messages: list[Message]) -> list[dict[str, Any]]:
    """The blocks of a log, the unfinished one too."""
    fold = PartitionFold(LANE, 0)
    fold.fold(messages)
    return fold.take_writes().blocks


def stretch(first: int, end: int, known: bool = True) -> Stretch:
    return Stretch(LANE.partition, LANE.incarnation, first, end, known)


def first_at(messages: list[Message], time: datetime) -> int:
    """As Kafka finds an offset by time; behind the last where all are older."""
    later = (m.offset for m in messages if m.received >= to_ms(time))
    return next(later, messages[-1].offset + 1)


@st.composite
def logs(draw: st.DrawFn) -> list[Message]:
    """Any log: bad messages, offsets without one, pauses, clocks that go back."""
    messages, offset, received = [], 0, START_MS
    steps = st.tuples(
        st.integers(0, 3), st.integers(-5_000, 90_000), st.booleans(), st.booleans()
    )
    for skipped, pause, bad, keyed in draw(st.lists(steps, min_size=1, max_size=60)):
        offset, received = offset + skipped, received + pause
        request = bytes([0] * 15 + [offset % 4]) if keyed else None
        messages.append(make_message(offset, received, bad=bad, request=request))
        offset += 1
    return messages


@given(logs())
@settings(max_examples=100, deadline=None)
def test_every_minute_of_a_folded_log_comes_out_even(messages: list[Message]) -> None:
    blocks, counted = folded(messages), 0
    reached = max(message.received for message in messages)
    minute = minute_of(to_datetime(START_MS - 5_000 * 60))
    while to_ms(minute) <= reached:
        ends = first_at(messages, minute), first_at(messages, minute + MINUTE)
        told = account(minute, stretch(*ends), blocks)
        assert told.remainder == 0
        counted += told.counted
        minute += MINUTE

    assert counted == messages[-1].offset + 1 - messages[0].offset


def test_a_block_that_is_missing_is_a_remainder_and_a_gap() -> None:
    blocks = folded([make_message(offset) for offset in range(3 * 1024)])
    del blocks[1]

    told = account(minute_of(START), stretch(0, 3 * 1024), blocks)

    assert told.remainder == 1024
    assert told.gaps == ((LANE.partition, 1024, 2047),)


def test_blocks_that_hold_the_same_offsets_are_a_gap() -> None:
    blocks = folded([make_message(offset) for offset in range(1030)])
    blocks[1]["first"] = 1020

    told = account(minute_of(START), stretch(0, 1030), blocks)

    assert told.gaps == ((LANE.partition, 1020, 1023),)


def test_lost_offsets_count_in_the_minutes_in_which_kafka_had_them() -> None:
    lost = position(LANE.incarnation, LANE.partition, 1)
    blocks = [
        *folded([make_message(0)]),
        bare_document(lost, LANE.topic, 100, START_MS, START_MS),
    ]
    later = minute_of(START) + MINUTE

    assert account(later, stretch(41, 101), blocks).remainder == 0
    assert states_of(account(later, stretch(41, 101), blocks).tally)["lost"] == 60


def test_where_kafka_cannot_tell_the_blocks_are_believed() -> None:
    blocks = folded([make_message(offset) for offset in range(10)])

    told = account(minute_of(START), stretch(0, 0, known=False), blocks)

    assert (told.offsets, told.remainder) == (10, 0)


def told(minute: datetime, counted: int, end: int, number: int = 0) -> Account:
    tally = Tally({("api", State.STORED): counted})
    return Account(Stretch(number, 7, 0, end), tally)


def test_a_surplus_of_one_partition_does_not_hide_a_lack_of_another() -> None:
    balance = Balance(NOON, [told(NOON, 9, 10), told(NOON, 11, 10, 1)])

    assert balance.remainder == 2
    assert not balance.is_clean


def test_more_acknowledged_than_kafka_has_is_an_excess() -> None:
    balance = Balance(NOON, [told(NOON, 10, 10)], {"token-1": 8, "token-2": 5})

    assert balance.excess == 3
    assert not balance.is_clean


def test_less_acknowledged_than_kafka_has_is_well() -> None:
    assert Balance(NOON, [told(NOON, 10, 10)], {"token-1": 8}).is_clean


def test_very_many_services_do_not_make_the_minute_too_large() -> None:
    tally = Tally({(f"s{n}", State.STORED): 1 + (n == 7) for n in range(5_000)})

    rows = by_service(tally)

    assert len(rows) == MAX_SERVICES + 1
    assert sum(n for *_, n in rows) == 5_001
    assert ["s7", "stored", 2] in rows
    assert {name: n for name, _, n in rows}[OTHERS] == 4_000


def test_a_minute_begins_with_its_first_second() -> None:
    assert minute_of(NOON + timedelta(seconds=59.9)) == minute_of(NOON)
