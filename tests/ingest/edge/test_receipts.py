"""Receipts: small, and good for nothing unless this site signed them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.receipts import BadReceipt, Receipt, decode, encode
from ingest.kafka.runs import Run

SECRET = b"secret"
TOPIC_ID = bytes(range(16))
RECEIPT = Receipt(
    TOPIC_ID,
    (
        Run(0, 1_000, 900, 1_772_366_400_123),
        Run(0, 1_905, 100, 1_772_366_400_130),
        Run(2, 0, 1, 1_772_366_399_999),
    ),
)


def test_it_reads_what_it_wrote() -> None:
    assert decode(encode(RECEIPT, SECRET), SECRET) == RECEIPT


def test_it_is_short_for_one_run() -> None:
    text = encode(Receipt(TOPIC_ID, RECEIPT.runs[:1]), SECRET)

    assert len(text) <= 64
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text", ["", "x", "not a receipt", "é", "A" * 64, "====", "A" * 63]
)
def test_it_refuses_what_is_no_receipt(text: str) -> None:
    with pytest.raises(BadReceipt):
        decode(text, SECRET)


def test_it_refuses_the_receipt_of_another_site() -> None:
    with pytest.raises(BadReceipt):
        decode(encode(RECEIPT, b"other"), SECRET)


@pytest.mark.parametrize("place", range(20))
def test_it_refuses_a_receipt_that_was_changed(place: int) -> None:
    text = encode(RECEIPT, SECRET)
    other = "A" if text[place] != "A" else "B"

    with pytest.raises(BadReceipt):
        decode(text[:place] + other + text[place + 1 :], SECRET)


runs = st.builds(
    Run,
    partition=st.integers(0, 5),
    first=st.integers(0, 2**40),
    count=st.integers(1, 2**20),
    appended_ms=st.integers(0, 2**42),
)


def apart(found: list[Run]) -> tuple[Run, ...]:
    """In order, without those that overlap the one before."""
    kept: list[Run] = []
    for run in sorted(found, key=lambda r: (r.partition, r.first)):
        last = kept[-1] if kept else None
        if (
            not last
            or last.partition < run.partition
            or last.first + last.count <= run.first
        ):
            kept.append(run)
    return tuple(kept)


@given(st.lists(runs, max_size=8).map(apart))
def test_it_reads_any_runs_that_it_wrote(found: tuple[Run, ...]) -> None:
    receipt = Receipt(TOPIC_ID, found)

    assert decode(encode(receipt, SECRET), SECRET) == receipt


@given(st.binary(max_size=80))
def test_it_never_fails_otherwise(data: bytes) -> None:
    with pytest.raises(BadReceipt):
        decode(data.hex(), SECRET)
