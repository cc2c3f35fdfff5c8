"""What is told of an entry, and what is not: by its place and its append time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.block import State, to_ms
from ingest.kafka.runs import Run
from ingest.query.fates import (
    ANY_TIME,
    SKEW_MS,
    Extent,
    Fate,
    Life,
    Piece,
    Standing,
    Told,
    Why,
    at_borders,
    cut,
    settle,
    unsettled,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = to_ms(NOON)
AROUND = (AT - 1_000, AT + 1_000)
ALL_READ = Standing(start=0, last=10_000)


def ask(run: Run, *extents: Extent, proven: bool = True) -> list[Told]:
    return settle([Piece(run)], Life(7, extents), proven)[0]


def left(run: Run, *extents: Extent, proven: bool = False) -> list[Piece]:
    return settle([Piece(run)], Life(7, extents), proven)[1]


def stored(first: int, last: int, received: int = AT) -> Extent:
    return Extent(first, last, State.STORED, received)


def not_told(
    piece: Piece,
    standing: Standing | None = ALL_READ,
    kept_from: str = "00000000",
    complete_ms: int | None = None,
) -> tuple[Fate, Why | None]:
    told = unsettled(piece, standing, kept_from, complete_ms)
    return told.fate, told.why


runs = st.builds(
    Run,
    partition=st.just(0),
    first=st.integers(0, 60),
    count=st.integers(1, 60),
    appended_ms=st.sampled_from([AT, AT + 1, ANY_TIME]),
)


@st.composite
def extents(draw: st.DrawFn) -> list[Extent]:
    """What blocks may say: in order, with gaps where nothing is described."""
    found, first = [], 0
    for _ in range(draw(st.integers(0, 8))):
        first += draw(st.sampled_from([0, 0, 1, 20]))
        last = first + draw(st.integers(0, 30))
        received = draw(st.sampled_from([AT, AT + 1, None]))
        state = draw(st.sampled_from(State))
        around = draw(st.sampled_from([None, AROUND]))
        found.append(Extent(first, last, state, received, around))
        first = last + 1
    return found


@given(runs, extents())
def test_cutting_loses_no_offset_and_repeats_none(run: Run, held: list[Extent]) -> None:
    parts = list(cut(run, held))

    offsets = [o for part, _ in parts for o in range(part.first, part.last + 1)]
    assert offsets == list(range(run.first, run.last + 1))
    for part, extent in parts:
        if extent is not None:
            assert extent.first <= part.first <= part.last <= extent.last


@given(runs, extents(), st.booleans())
def test_every_entry_is_told_or_left_once(
    run: Run, held: list[Extent], proven: bool
) -> None:
    told, pieces = settle([Piece(run)], Life(7, held), proven)

    parts = [one.run for one in told] + [piece.run for piece in pieces]
    offsets = [o for part in parts for o in range(part.first, part.last + 1)]
    assert sorted(offsets) == list(range(run.first, run.last + 1))


@given(runs, extents(), st.booleans())
def test_stored_means_that_the_append_time_is_equal(
    run: Run, held: list[Extent], proven: bool
) -> None:
    for one in ask(run, *held, proven=proven):
        if proven and run.appended_ms != ANY_TIME:
            assert one.extent
            assert one.extent.received == run.appended_ms


def test_hazard_30_an_offset_that_was_given_again_is_not_taken_for_the_entry() -> None:
    run = Run(0, 5, 1, AT)

    (piece,) = left(run, stored(0, 9, received=AT + 1))

    assert piece.contradicted
    assert not_told(piece) == (Fate.UNKNOWN, Why.OTHER_MESSAGE)


def test_an_id_needs_no_time() -> None:
    (told,) = ask(Run(0, 5, 1, ANY_TIME), stored(0, 9))

    assert told.fate is Fate.STORED


def test_a_duplicate_has_no_time_of_its_own_but_a_block_of_about_that_time() -> None:
    run = Run(0, 5, 1, AT)
    then = Extent(0, 9, State.DUPLICATE, around=AROUND)
    later = Extent(0, 9, State.DUPLICATE, around=(AT + 2 * SKEW_MS, AT + 3 * SKEW_MS))

    assert ask(run, then, proven=True) == []
    assert [one.fate for one in ask(run, then, proven=False)] == [Fate.DUPLICATE]
    assert ask(run, later, proven=False) == []


def test_what_is_lost_names_who_deleted_it() -> None:
    (told,) = ask(Run(0, 5, 1, AT), Extent(0, 9, State.LOST), proven=False)

    assert (told.fate, told.why) == (Fate.LOST, Why.DELETED)
    assert told.id_of(5) is None


def test_an_offset_without_a_message_is_not_known() -> None:
    (piece,) = left(Run(0, 5, 1, AT), Extent(0, 9, State.VOID, around=AROUND))

    assert not_told(piece) == (Fate.UNKNOWN, Why.NO_MESSAGE)


def test_what_lies_beyond_the_standing_waits() -> None:
    standing = Standing(start=0, last=99)
    parts = list(at_borders(Piece(Run(0, 95, 10, AT)), standing))

    assert [(one.run.first, one.run.count) for one in parts] == [(95, 5), (100, 5)]
    assert not_told(parts[0], standing) == (Fate.UNKNOWN, Why.NOT_DESCRIBED)
    assert not_told(parts[1], standing) == (Fate.WAITING, None)


def test_what_waits_may_lie_where_another_message_was_in_an_earlier_life() -> None:
    piece = Piece(Run(0, 100, 1, AT), contradicted=True)

    assert not_told(piece, Standing(start=0, last=99)) == (Fate.WAITING, None)


def test_what_was_deleted_before_the_first_read_is_lost() -> None:
    assert not_told(Piece(Run(0, 5, 1, AT)), Standing(start=50, last=60)) == (
        Fate.LOST,
        Why.DELETED,
    )


@pytest.mark.parametrize("appended_ms", [AT, ANY_TIME])
def test_without_a_block_a_dropped_day_is_expired(appended_ms: int) -> None:
    piece = Piece(Run(0, 5, 1, appended_ms))

    assert not_told(piece, kept_from="20260302") == (Fate.EXPIRED, None)


def test_a_day_that_is_kept_does_not_expire() -> None:
    piece = Piece(Run(0, 5, 1, AT))

    assert not_told(piece, kept_from="20260301") == (Fate.UNKNOWN, Why.NOT_DESCRIBED)


REPLACED = Standing(start=0, last=9, replaced_last=9)


def test_what_was_not_read_of_a_topic_that_is_gone_waits_until_it_cannot_come() -> None:
    # The edge may name the topic before, and the entry be in the present one.
    piece = Piece(Run(0, 20, 1, AT))
    lost = (Fate.LOST, Why.TOPIC_REPLACED)

    assert not_told(piece, REPLACED, complete_ms=None) == (Fate.WAITING, None)
    assert not_told(piece, REPLACED, complete_ms=AT + SKEW_MS) == (Fate.WAITING, None)
    assert not_told(piece, REPLACED, complete_ms=AT + SKEW_MS + 1) == lost


def test_it_is_lost_at_once_where_the_present_topic_has_another_message() -> None:
    piece = Piece(Run(0, 20, 1, AT), contradicted=True)

    assert not_told(piece, REPLACED) == (Fate.LOST, Why.TOPIC_REPLACED)


def test_a_topic_that_nobody_has_read_yet_waits() -> None:
    assert not_told(Piece(Run(0, 0, 1, AT)), standing=None) == (Fate.WAITING, None)


def test_the_first_write_beyond_an_offset_made_it_visible() -> None:
    first, second = NOON, NOON + timedelta(seconds=1)
    held = Extent(0, 9, State.STORED, AT, written=[(4, first), (9, second)])
    (told,) = ask(Run(0, 0, 10, AT), held)

    assert told.visible_at(4) == first
    assert told.visible_at(5) == second


def test_a_time_that_is_not_known_any_more_is_not_replaced_by_a_later_one() -> None:
    held = Extent(0, 9, State.STORED, AT, written=[(4, None), (9, NOON)])
    (told,) = ask(Run(0, 0, 10, AT), held)

    assert told.visible_at(4) is None
    assert told.visible_at(5) == NOON
