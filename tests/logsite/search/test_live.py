"""Where the tail of a page goes on that is loaded again."""

from __future__ import annotations

from logsite.search.live import joined

A, B = 0xA, 0xB
VISIBLE = {"0000000a:0": 9, "0000000a:1": 4}


def test_what_was_shown_is_not_read_again() -> None:
    assert joined({(A, 0): 8, (A, 1): 5}, VISIBLE) == "0000000a.0-8.1-5"


def test_what_search_cannot_show_yet_comes_again_from_the_tail() -> None:
    assert joined({(A, 0): 15, (A, 1): 5}, VISIBLE) == "0000000a.0-10.1-5"


def test_a_generation_of_which_nothing_is_stored_goes_on_behind_the_one_before() -> (
    None
):
    assert joined({(B, 0): 15, (A, 1): 5}, VISIBLE) == "0000000a.0-10.1-5"


def test_a_partition_of_which_nothing_is_stored_begins_at_its_start() -> None:
    assert joined({(A, 1): 5, (A, 2): 3}, VISIBLE) == "0000000a.1-5"
