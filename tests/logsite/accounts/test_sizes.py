"""Sizes are read as people write them, and written back exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsite.accounts.sizes import MOST, read_size, shown_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1048576", 1_048_576),
        ("1,048,576", 1_048_576),
        ("500 MB", 500_000_000),
        ("10GB", 10_000_000_000),
        (" 1.5 gb ", 1_500_000_000),
        ("1 GiB", 2**30),
        ("7 kB", 7_000),
    ],
)
def test_it_reads(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1 XB", "1 GB a day", "9999 PB"])
def test_it_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        read_size(text)


@given(st.integers(0, 2**52))
def test_what_it_shows_it_reads_again(size: int) -> None:
    assert read_size(shown_size(size)) == size


def test_it_shows_the_largest_unit_that_is_exact() -> None:
    assert shown_size(10_000_000_000) == "10 GB"
    assert shown_size(1_500_000_000) == "1,500 MB"
    assert shown_size(1_234) == "1,234 B"
    assert read_size(str(MOST)) == MOST
