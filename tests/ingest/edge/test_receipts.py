"""Receipts: small, and good for nothing unless this site signed them."""

from base64 import urlsafe_b64encode
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.receipts import (
    VERSION,
    BadReceipt,
    EdgeTimes,
    Receipt,
    _signature,
    decode,
    encode,
)
from ingest.kafka.runs import Run

SECRET = b"secret"
ALPHABET = ascii_letters + digits + "-_"
TOPIC_ID = bytes(range(16))
RUNS = (
    Run(0, 1_000, 900, 1_772_366_400_123),
    Run(0, 1_905, 100, 1_772_366_400_130),
    Run(2, 0, 1, 1_772_366_399_999),
)
TIMES = EdgeTimes(1_772_366_400_120, 1_772_366_400_137)
# Made by the first release.
VERSION_1 = "AQABAgMEBQYHCAkKCwwNDg8AAugHhAf2qaiUlWcFZA4CAQABhQK-XwCJtz2lE2njkeKP5PYB"


def written(secret: bytes = SECRET) -> str:
    return encode(TOPIC_ID, RUNS, TIMES, secret)


def test_it_reads_what_it_wrote() -> None:
    assert decode(written(), SECRET) == Receipt(TOPIC_ID, RUNS, TIMES)


def test_it_reads_a_receipt_of_the_first_release() -> None:
    assert decode(VERSION_1, SECRET) == Receipt(TOPIC_ID, RUNS, edge=None)


def test_it_refuses_a_receipt_of_a_later_release() -> None:
    body = bytes([VERSION + 1]) + TOPIC_ID + b"what it may say"
    text = urlsafe_b64encode(body + _signature(body, SECRET)).decode().rstrip("=")

    with pytest.raises(BadReceipt, match="later release"):
        decode(text, SECRET)


def test_it_is_short_for_one_run() -> None:
    text = encode(TOPIC_ID, RUNS[:1], TIMES, SECRET)

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
        decode(written(b"other"), SECRET)


@pytest.mark.parametrize("place", range(20))
def test_it_refuses_a_receipt_that_was_changed(place: int) -> None:
    text = written()
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


milliseconds = st.integers(0, 2**42)


@given(
    st.lists(runs, max_size=8).map(apart),
    st.builds(EdgeTimes, milliseconds, milliseconds),
)
def test_it_reads_any_runs_and_times_that_it_wrote(
    found: tuple[Run, ...], times: EdgeTimes
) -> None:
    text = encode(TOPIC_ID, found, times, SECRET)

    assert decode(text, SECRET) == Receipt(TOPIC_ID, found, times)


@pytest.mark.parametrize("offset", [0, 1_000, 100_000], ids=str)  # each length
def test_it_refuses_any_other_last_character(offset: int) -> None:
    text = encode(TOPIC_ID, [Run(0, offset, 1, 0)], TIMES, SECRET)

    for other in set(ALPHABET) - {text[-1]}:
        with pytest.raises(BadReceipt):
            decode(text[:-1] + other, SECRET)


@given(st.binary(max_size=80))
def test_it_never_fails_otherwise(data: bytes) -> None:
    with pytest.raises(BadReceipt):
        decode(data.hex(), SECRET)
