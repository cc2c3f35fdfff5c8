"""Which finished blocks may hold words, told from their filters in memory."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.block import OpenBlock, position, to_ms
from ingest.fold.terms import may_hold
from ingest.query.grammar import parse
from ingest.query.known import Known, may_match, witness_of
from ingest.query.needed import words_of
from ingest.query.tree import And, Has, Node, Or
from tests.ingest.query.asking import fulfils, random_entry, random_text
from tests.ingest.query.stored import RECEIVED, entry_at

Stored = dict[str, Any]


def stored(first: int, *messages: str, done: bool = True) -> Stored:
    block = OpenBlock(first, to_ms(RECEIVED))
    entries = [entry_at(0, message) for message in messages]
    if entries:
        block.add_entries(entries, 1, [to_ms(RECEIVED)] * len(entries))
    return block.document(1, 0, "logs", done)


def learned(*blocks: Stored) -> Known:
    return Known(0, 0).with_above(blocks)


def asked(known: Known, text: str) -> list[int]:
    found = known.that_may_match(parse(text).tree)
    return sorted(int.from_bytes(block[8:]) for block in found)


BLOCKS = stored(0, "red apple", "green pear"), stored(2, "red plum"), stored(3, "sea")


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("red", [0, 2]),
        ("red plum", [2]),
        ("red OR sea", [0, 2, 3]),
        ("absent", []),
        ("absent OR plum", [2]),
        ("-red", [0, 2, 3]),
        ("plum -red", [2]),
        ("pl*", [0, 2, 3]),
        ("level:error", [0, 2, 3]),
        ("", [0, 2, 3]),
    ],
)
def test_it_names_the_blocks_that_may_hold_what_is_asked(
    text: str, blocks: list[int]
) -> None:
    assert asked(learned(*BLOCKS), text) == blocks


@given(st.integers(0, 2**32).map(Random))
def test_a_block_with_a_match_is_always_named(rng: Random) -> None:
    entries = [random_entry(rng) for _ in range(6)]
    open_block = OpenBlock(0, to_ms(RECEIVED))
    open_block.add_entries(entries, 1, [to_ms(RECEIVED)] * 6)
    block = open_block.document(1, 0, "logs", done=True)
    tree = parse(random_text(rng, entries)).tree

    matching = any(
        fulfils(tree, entry, position(1, 0, offset).hex())
        for offset, entry in enumerate(entries)
    )

    named = list(learned(block).that_may_match(tree)) == [block["_id"]]
    assert named == may_match(block, tree) == by_each_word(block, tree)
    assert named or not matching


def by_each_word(block: Stored, node: Node) -> bool:
    """As the fold's own look at a filter says."""
    match node:
        case And(nodes):
            return all(by_each_word(block, one) for one in nodes)
        case Or(nodes):
            return any(by_each_word(block, one) for one in nodes)
        case Has():
            words = [word.encode() for word in words_of(node)]
            held = block["terms"], block["terms_bits"]
            return all(may_hold(*held, word) for word in words)
    return True


def test_filters_of_several_sizes_are_asked_each_in_its_own() -> None:
    many = stored(0, *(f"word{n} other{n}" for n in range(900)), "plum")
    few = stored(901, "plum")
    assert many["terms_bits"] != few["terms_bits"]

    assert asked(learned(many, few), "plum") == [0, 901]
    assert asked(learned(many, few), "word17") == [0]


def test_filters_that_were_learned_one_by_one_are_asked_together() -> None:
    known = Known(0, 0)
    for block in BLOCKS:
        known = known.with_above([block])

    assert len(known.pieces) == 1
    assert asked(known, "red") == asked(learned(*BLOCKS), "red") == [0, 2]


def test_what_follows_a_gap_is_not_known() -> None:
    known = learned(BLOCKS[0], BLOCKS[2])

    assert (known.end, asked(known, "")) == (2, [0])


def test_what_follows_an_unfinished_block_is_not_known() -> None:
    known = learned(BLOCKS[0], stored(2, "red plum", done=False), BLOCKS[2])

    assert (known.end, asked(known, "")) == (2, [0])


def test_what_follows_a_block_of_another_version_is_not_known() -> None:
    known = learned(BLOCKS[0], BLOCKS[1] | {"v": 99}, BLOCKS[2])

    assert (known.end, asked(known, "")) == (2, [0])


def test_what_follows_a_filter_of_an_unknown_size_is_not_known() -> None:
    odd = BLOCKS[1] | {"terms_bits": 77}

    assert learned(BLOCKS[0], odd, BLOCKS[2]).end == 2
    assert may_match(odd, parse("absent").tree)


def test_it_learns_downwards_until_nothing_lies_below() -> None:
    some = Known(4, 4).with_below([BLOCKS[2], BLOCKS[1]], asked=2)
    every = some.with_below([BLOCKS[0]], asked=2)

    assert (some.begin, some.whole, asked(some, "")) == (2, False, [2, 3])
    assert (every.begin, every.whole, asked(every, "")) == (0, True, [0, 2, 3])


@pytest.mark.parametrize("below", [[BLOCKS[0]], [BLOCKS[1] | {"v": 99}, BLOCKS[0]]])
def test_below_a_gap_it_never_knows_all(below: list[Stored]) -> None:
    known = Known(3, 3).with_below(below, asked=5)

    assert (known.begin, known.whole) == (3, False)


def test_a_block_of_another_version_may_hold_anything() -> None:
    assert may_match(BLOCKS[0] | {"v": 99}, parse("absent").tree)


def test_the_newest_block_is_the_witness() -> None:
    known = learned(*BLOCKS)
    lower = known.with_below([], asked=5)

    assert known.witness == lower.witness == witness_of(BLOCKS[2])


def test_without_a_block_to_look_at_again_only_nothing_is_known() -> None:
    nothing = Known(7, 7)

    assert nothing.is_witnessed(position(1, 0, 7))
    assert not nothing.is_witnessed(position(1, 0, 9))
    assert learned(*BLOCKS).is_witnessed(position(1, 0, 9))
