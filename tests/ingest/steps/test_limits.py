"""How many dead letters are too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.state import Message
from ingest.steps.limits import Limits, Stop, Tally
from tests.ingest.fold.log import make_message

RATIO = Limits(ratio=0.5, window=10, run=0)
RUN = Limits(ratio=0, window=0, run=3)
NEVER = Limits(ratio=0, window=0, run=0)


def messages(kinds: str, first: int = 0) -> list[Message]:
    """`.` is a good message, `x` a dead one, a blank an offset without any."""
    return [
        make_message(first + place, bad=kind == "x")
        for place, kind in enumerate(kinds)
        if kind != " "
    ]


def stop_of(limits: Limits, kinds: str) -> int | None:
    tally = Tally(limits)
    tally.admit(messages(kinds))
    return tally.stop.offset if tally.stop else None


def test_it_stops_before_the_message_that_makes_the_share_too_large() -> None:
    tally = Tally(RATIO)

    admitted = tally.admit(messages("x.x.x.x.xxxx.."))

    assert [message.offset for message in admitted] == list(range(9))
    assert tally.stop == Stop(9, "6 dead letters among 10 messages, more than 50%")


def test_exactly_the_share_is_allowed() -> None:
    assert stop_of(RATIO, "x." * 200) is None


def test_what_left_the_window_does_not_count() -> None:
    assert stop_of(RATIO, ("xxxxx" + "." * 10) * 5) is None


def test_the_beginning_of_a_topic_is_judged_against_a_whole_window() -> None:
    assert stop_of(RATIO, "xxxxx") is None


def test_it_stops_before_a_run_gets_too_long() -> None:
    assert stop_of(RUN, ".xxxx.") == 4


def test_a_good_message_ends_a_run() -> None:
    assert stop_of(RUN, "xxx.xxx.xxx") is None


def test_a_gap_in_the_offsets_ends_no_run() -> None:
    assert stop_of(RUN, "xx  xx") == 5


def test_a_run_goes_on_over_several_polls() -> None:
    tally = Tally(RUN)
    for offset in range(3):
        tally.admit(messages("x", offset))
    assert tally.stop is None

    tally.admit(messages("x", 3))

    assert tally.stop == Stop(3, "more than 3 dead letters in a row")


def test_without_limits_everything_is_admitted() -> None:
    assert stop_of(NEVER, "x" * 500) is None


def test_nothing_is_admitted_once_it_stopped() -> None:
    tally = Tally(RUN)
    tally.admit(messages("xxxx"))

    assert list(tally.admit(messages("....", 4))) == []


def test_messages_that_are_read_again_are_not_counted_again() -> None:
    tally = Tally(RUN)
    tally.admit(messages("xxx"))

    tally.admit(messages("xxx"))

    assert tally.stop is None


def test_dead_letters_that_are_read_again_after_a_load_are_not_counted_again() -> None:
    tally = Tally(RUN)
    tally.admit(messages("xxx"))

    tally.rewind(0, allowed_to=0)
    tally.admit(messages("xxx"))

    assert tally.stop is None


def test_messages_that_turn_out_bad_when_they_are_read_again_go_on_with_the_run() -> (
    None
):
    tally = Tally(RUN)
    tally.admit(messages("xx..."))  # MongoDB refuses the last three

    tally.rewind(2, allowed_to=0)
    tally.admit(messages("xxx", 2))

    assert tally.stop == Stop(3, "more than 3 dead letters in a row")


def test_a_flood_that_is_found_out_batch_by_batch_stops_too() -> None:
    tally = Tally(RUN)
    for offset in (0, 2):
        tally.admit(messages("..", offset))
        tally.rewind(offset, allowed_to=0)
        tally.admit(messages("xx", offset))

    assert tally.stop is not None


def test_dead_letters_that_somebody_allowed_do_not_stop_it() -> None:
    tally = Tally(RUN)
    tally.admit(messages("xxxx"))
    tally.rewind(3, allowed_to=10)

    tally.admit(messages("xxxxxxx...x", 3))

    assert tally.stop is None


def test_a_flood_that_goes_on_stops_it_where_the_allowance_ends() -> None:
    tally = Tally(RUN)
    tally.admit(messages("xxxx"))
    tally.rewind(3, allowed_to=10)

    tally.admit(messages("x" * 20, 3))

    assert tally.stop is not None
    assert tally.stop.offset == 10


@given(
    kinds=st.text("..x", max_size=120),
    cuts=st.lists(st.integers(0, 120), max_size=6),
    limits=st.builds(
        Limits,
        ratio=st.sampled_from([0, 0.3, 0.5]),
        window=st.sampled_from([0, 1, 10, 40]),
        run=st.sampled_from([0, 1, 5]),
    ),
)
def test_chunks_make_no_difference(kinds: str, cuts: list[int], limits: Limits) -> None:
    tally, borders = Tally(limits), sorted({0, *cuts, 120})
    for low, high in zip(borders, borders[1:], strict=False):
        tally.admit(messages(kinds[low:high], low))

    whole = stop_of(limits, kinds)
    assert (tally.stop.offset if tally.stop else None) == whole
    assert whole == slow_stop(limits, kinds)


def slow_stop(limits: Limits, kinds: str) -> int | None:
    """The same by counting everything each time."""
    for offset, kind in enumerate(kinds):
        seen = kinds[: offset + 1]
        run = len(seen) - len(seen.rstrip("x"))
        share = seen[-limits.window :].count("x") if limits.window else 0
        too_long = limits.run and run > limits.run
        too_many = limits.ratio and share > limits.ratio * limits.window
        if kind == "x" and (too_long or too_many):
            return offset
    return None
