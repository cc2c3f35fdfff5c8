"""Interleavings that once lost or doubled something, as far as the fold decides them.

Their numbers are those of docs/write-path.md.
"""

from __future__ import annotations

from ingest.fold.block import DAY_MS, State, day_of
from ingest.fold.divergence import Found, Witness, agreed_until, agrees
from ingest.fold.duplicates import KEY_HOLDS_MS
from ingest.fold.state import Message, PartitionFold
from tests.ingest.fold.log import LANE, START_MS, MemoryStore, make_message, state_of

MINUTE = 60_000
NOON = START_MS - DAY_MS // 2
KEY = b"k" * 12 + bytes(4)


def store_of(*messages: Message) -> MemoryStore:
    """The store after all messages were folded by one owner."""
    store = MemoryStore()
    fold = PartitionFold(LANE, messages[0].offset)
    fold.fold(list(messages))
    store.apply(fold.take_writes())
    return store


def states(store: MemoryStore) -> list[str]:
    return [
        state_of(block, offset)
        for _, block in sorted(store.blocks.items())
        for offset in range(block["first"], block["last"] + 1)
    ]


def test_hazard_05_a_retry_on_the_other_side_of_midnight_is_a_duplicate() -> None:
    first = make_message(0, START_MS, request=KEY)
    retry = make_message(1, START_MS + 2 * MINUTE, request=KEY)

    store = store_of(first, retry)

    assert day_of(first.received) != day_of(retry.received)
    assert states(store) == ["stored", "duplicate"]


def test_hazard_06_a_block_ends_before_the_first_message_of_the_next_day() -> None:
    store = store_of(make_message(0), make_message(1, START_MS + 2 * MINUTE))

    first, second = (store.blocks[key] for key in sorted(store.blocks))

    assert (first["day"], first["last"], first["done"]) == ("20260301", 0, True)
    assert (second["day"], second["first"]) == ("20260302", 1)


def test_hazard_12_a_block_that_ends_with_its_day_is_finished_as_it_is() -> None:
    store = MemoryStore()
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(0)])
    store.apply(fold.take_writes())
    fold.fold([make_message(1, START_MS + DAY_MS)])
    store.apply(fold.take_writes())

    first, _ = (store.blocks[key] for key in sorted(store.blocks))

    assert (first["last"], first["done"]) == (0, True)


def test_hazard_13_old_and_new_owners_agree_on_a_key_at_the_edge_of_the_hour() -> None:
    # The block's running maximum goes on after the keyed entry: it is what counts.
    first = make_message(0, NOON, request=KEY)
    filling = [make_message(n, NOON + MINUTE) for n in range(1, 1_024)]
    retry = make_message(1_024, NOON + KEY_HOLDS_MS + MINUTE // 2, request=KEY)
    long_time = PartitionFold(LANE, 0)
    long_time.fold([first, *filling])
    store = MemoryStore()
    store.apply(long_time.take_writes())
    newcomer = store.reopen(0)

    for owner in (long_time, newcomer):
        owner.fold([retry])

    assert [owner.take_writes().states for owner in (long_time, newcomer)] == [
        {State.DUPLICATE: 1}
    ] * 2


def test_hazard_15_offsets_without_messages_are_void_and_nothing_waits_for_them() -> (
    None
):
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(0), make_message(5)])
    fold.pass_over(9)
    store = MemoryStore()
    store.apply(fold.take_writes())

    assert states(store) == ["stored", *["void"] * 4, "stored", *["void"] * 3]


def test_hazard_16_an_unstamped_message_gets_the_time_of_what_came_before() -> None:
    stamped = make_message(0)
    store = store_of(stamped, make_message(1, -1))

    (block,) = store.blocks.values()

    assert block["max_received"] == block["min_received"]
    assert block["last"] == 1


def test_hazard_16_the_first_message_ever_gets_the_time_when_the_log_was_begun() -> (
    None
):
    fold = PartitionFold(LANE, 0, begun=START_MS)
    fold.fold([make_message(0, -1, event=0)])

    (block,) = fold.take_writes().blocks

    assert block["day"] == day_of(START_MS)


def test_hazard_03_a_log_that_was_cut_agrees_up_to_where_it_was_cut() -> None:
    noted = [Witness(offset, 1_000 + offset, f"line {offset}") for offset in range(10)]
    grown_again = {
        offset: Found(1_000 + offset if offset < 6 else 9_000, "another", 0)
        for offset in range(14)
    }

    assert agreed_until(noted, grown_again) == 6


def test_hazard_03_a_log_that_holds_nothing_of_it_agrees_nowhere() -> None:
    assert agreed_until([Witness(3, 5, "a")], {3: Found(6, "a", 0)}) is None


def test_another_release_that_reads_a_message_in_another_way_is_no_divergence() -> None:
    assert agrees(Witness(3, 5, "as it was read"), Found(5, "as it is read now", 0))


def test_the_text_tells_where_the_broker_stamps_nothing() -> None:
    assert not agrees(Witness(3, 5, "one"), Found(-1, "other", 0))
    assert agrees(Witness(3, 5, "one"), Found(-1, "one", 0))


def test_the_checksum_tells_where_it_was_noted() -> None:
    assert not agrees(Witness(3, 5, checksum=7), Found(5, None, 8))
    assert agrees(Witness(3, 5, checksum=7), Found(5, None, 7))
