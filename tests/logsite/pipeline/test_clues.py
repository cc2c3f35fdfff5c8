"""What somebody pasted is taken for what it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.receipts import EdgeTimes, encode
from ingest.kafka.runs import Run
from logsite.pipeline.clues import Kind, read_clue

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "3bc15d07000000020000000000009d13"


@given(st.binary(min_size=16, max_size=16))
def test_a_receipt_is_known_whatever_topic_it_names(topic_id: bytes) -> None:
    receipt = encode(topic_id, [Run(0, 0, 1, 0)], EdgeTimes(0, 0), b"secret")

    for pasted in (
        receipt,
        f"  {receipt}\n",
        f'{{"receipt": "{receipt}", "accepted": 1, "results": []}}',
        f'"receipt":"{receipt}",',
        f"X-Logsite-Receipt: {receipt}",
    ):
        clue = read_clue(pasted, NOW)
        assert (clue.kind, clue.value) == (Kind.RECEIPT, receipt)


@pytest.mark.parametrize(
    "pasted", [ID, ID.upper(), f"http://logs.example/entries/{ID}"]
)
def test_an_id_is_known_with_or_without_its_address(pasted: str) -> None:
    clue = read_clue(pasted, NOW)

    assert (clue.kind, clue.value) == (Kind.ENTRY, ID)


@pytest.mark.parametrize("pasted", ["", "   ", "\n"])
def test_nothing_is_nothing(pasted: str) -> None:
    assert read_clue(pasted, NOW).kind is Kind.NOTHING


def phrases(pasted: str) -> tuple[str, ...]:
    clue = read_clue(pasted, NOW)
    assert clue.kind is Kind.LINE
    return clue.phrases


def test_a_line_of_json_is_looked_for_by_its_message() -> None:
    pasted = '{"level": "error", "message": "Card declined: order=8812"}'

    assert phrases(pasted)[0] == '"card declined order 8812"'


def test_a_line_of_a_file_is_looked_for_without_its_prefix_first() -> None:
    pasted = "2026-03-01T12:00:00Z ERROR Card declined"

    assert phrases(pasted)[0] == '"card declined"'
    assert len(phrases(pasted)) == 2


def test_a_very_long_line_is_looked_for_by_its_first_words() -> None:
    assert len(phrases("word " * 500)[0].split()) == 24


def test_quotes_in_a_line_do_not_end_the_phrase() -> None:
    assert phrases('user "bob" -x OR (y)') == ('"user bob x or y"',)


def test_a_line_without_words_cannot_be_looked_for() -> None:
    assert phrases("*** --- ***") == ()
