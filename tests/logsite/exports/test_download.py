"""Ranges of a file, and what of each piece lies in them."""

from __future__ import annotations

import pytest

from ingest.export.pieces import Piece
from logsite.exports.download import Cut, asked_range, cuts

MADE = [Piece("a", 4), Piece("b", 3), Piece("c", 5)]


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-300", (0, 100)),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("lines=1-2", None),
    ],
)
def test_it_reads_the_range_that_is_asked_for(
    header: str, meant: tuple[int, int] | None
) -> None:
    assert asked_range(header, 100) == meant


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=20-10", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        asked_range(header, 100)


def test_it_takes_of_each_piece_what_lies_within() -> None:
    assert list(cuts(MADE, 0, 12)) == [Cut("a", 0, 4), Cut("b", 0, 3), Cut("c", 0, 5)]
    assert list(cuts(MADE, 3, 8)) == [Cut("a", 3, 4), Cut("b", 0, 3), Cut("c", 0, 1)]
    assert list(cuts(MADE, 5, 6)) == [Cut("b", 1, 2)]
    assert list(cuts(MADE, 7, 7)) == []
