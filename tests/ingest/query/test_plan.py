"""What may leave a block out."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ingest.entry import LogEntry
from ingest.fold.block import OpenBlock, position, to_ms
from ingest.fold.terms import MAX_BITS, MIN_BITS
from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from ingest.query.needed import words_of
from ingest.query.plan import FILTER_SIZES, blocks_that_may_match
from ingest.query.tree import And, Has
from tests.ingest.query import asked
from tests.ingest.query.asking import random_entry, random_text
from tests.ingest.query.stored import RECEIVED


def needed(text: str) -> set[str]:
    """Words that every block with a match holds."""
    tree = parse(text).tree
    nodes = tree.nodes if isinstance(tree, And) else (tree,)
    return {word for one in nodes if isinstance(one, Has) for word in words_of(one)}


def conditions(text: str) -> list[Any]:
    matcher = Matcher(LogFilter(text))
    return blocks_that_may_match(matcher.filter, matcher.query, None)


def test_complete_words_leave_blocks_out() -> None:
    assert needed('Failed "for root"') == {"failed", "for", "root"}
    assert needed("host:web-2") == {"web", "2"}
    assert needed('host:="web-2"') == {"web", "2"}


def test_excluded_words_leave_nothing_out() -> None:
    assert needed('failed -debug -"for root"') == {"failed"}


def test_of_cjk_runs_pairs_are_needed_as_the_run_may_be_part_of_another() -> None:
    assert needed("로그인") == {"로그", "그인"}
    assert needed("로그") == {"로그"}
    assert needed("로그인*") == {"로그", "그인"}


def test_single_cjk_characters_leave_nothing_out() -> None:
    assert needed("로") == set()


def test_stumps_leave_nothing_out_but_whole_words_beside_them_do() -> None:
    assert needed("fail* *ed *ai*") == set()
    assert needed("10.0.*.12") == {"10", "0", "12"}
    assert needed("user=ro*t,id=7") == {"user", "id", "7"}


def test_edges_of_an_expression_leave_nothing_out_but_what_is_inside_does() -> None:
    assert needed("/failed/") == set()
    assert needed("/^failed for root$/i") == {"for"}
    assert needed("/a failed? for .* b/") == {"for"}


@pytest.mark.parametrize(
    "pattern", ["a (b) c", "a b c|d", "[[:alpha:]] b c", r"\x41 b c", r"a \Q b c\E"]
)
def test_an_expression_that_is_not_plain_leaves_nothing_out(pattern: str) -> None:
    assert needed(f"/{pattern}/") == set()


def test_numbers_that_may_be_written_otherwise_leave_nothing_out() -> None:
    assert needed("n:>5 n:1..2 n:=1.5 n:=1e21 n:=1000000000000000") == set()
    assert needed("n:=-5") == {"5"}


def test_marks_of_mending_are_in_no_index() -> None:
    assert needed("metadata._logsite.level:loud") == set()


def test_an_alternative_that_may_be_anywhere_makes_the_others_useless() -> None:
    assert conditions("failed OR -root") == []
    assert conditions("failed OR fail*") == []
    assert conditions("(failed OR fail*) level:>fatal OR x*") == []


def test_alternatives_that_all_leave_blocks_out_do_so_together() -> None:
    [condition] = conditions("failed OR service:api OR root level:error")

    first, second, third = condition["$or"]
    assert "terms" in str(first)
    assert second == {"services": {"$in": ["api"]}}
    assert {"levels": {"$in": ["ERROR"]}} in third["$and"]


def test_an_exclusion_of_levels_leaves_blocks_of_no_other_out() -> None:
    [condition] = conditions("(-level:info failed) OR level:error")

    assert {"levels": {"$in": ["TRACE", "DEBUG", "WARN", "ERROR", "FATAL"]}} in (
        condition["$or"][0]["$and"]
    )


def test_an_id_leaves_out_what_is_elsewhere() -> None:
    wanted = position(1, 2, 5_000)

    assert conditions(f"id:{wanted.hex()}") == [
        {"_id": {"$gte": position(1, 2, 5_000 - 1_023), "$lte": wanted}}
    ]


def test_a_search_without_words_has_no_condition_on_the_word_filter() -> None:
    assert conditions("-a 로 !") == []


def test_every_size_of_word_filter_is_asked_and_others_may_match() -> None:
    [condition] = conditions("failed")

    sizes = [choice["terms_bits"] for choice in condition["$or"]]
    assert sizes == [*FILTER_SIZES, {"$nin": list(FILTER_SIZES)}]
    assert (FILTER_SIZES[0], FILTER_SIZES[-1]) == (MIN_BITS, MAX_BITS)


@pytest.mark.parametrize("name", ["$gt", "{$ne: 1}", "a.b", "\0"])
def test_names_are_values_never_operators(name: str) -> None:
    conditions: list[Any] = blocks_that_may_match(
        LogFilter(services=(name,)), parse(""), None
    )

    assert conditions == [{"services": {"$in": [name]}}]


@pytest.mark.parametrize(
    "text",
    ['service:"$ne"', "$where:$gt", 'host:="{$ne: 1}"', "/$regex/", "metadata.$a:*"],
)
def test_text_is_a_value_or_bits_never_an_operator(text: str) -> None:
    matcher = Matcher(LogFilter(text))
    conditions = blocks_that_may_match(matcher.filter, matcher.query, None)

    operators = {"$and", "$or", "$in", "$nin", "$gte", "$lte", "$bitsAllSet"}
    assert set(operators_in(conditions)) <= operators


def operators_in(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in operators_in(one)]
    if not isinstance(value, dict):
        return []
    mine = [name for name in value if name.startswith("$")]
    return mine + [name for one in value.values() for name in operators_in(one)]


def block_of(entries: list[LogEntry]) -> dict[str, Any]:
    block = OpenBlock(0, to_ms(RECEIVED))
    received = [to_ms(RECEIVED)] * len(entries)
    block.add_entries(entries, 1, received)
    return block.document(1, 0, "logs", done=True)


@pytest.mark.parametrize("seed", range(4))
def test_a_block_with_a_match_is_never_left_out(seed: int) -> None:
    rng, both = Random(seed), 0
    for _ in range(500):
        entries = [random_entry(rng) for _ in range(rng.randint(1, 3))]
        text = random_text(rng, entries)
        matcher = Matcher(LogFilter(text))
        ids = [position(1, 0, offset).hex() for offset in range(len(entries))]
        matches = any(map(matcher.entry, entries, ids))
        conditions = blocks_that_may_match(matcher.filter, matcher.query, None)

        fits = asked.fulfils(block_of(entries), {"$and": conditions})

        assert fits or not matches, (text, entries)
        both += bool(matches and conditions)
    assert both > 60  # else this proves little
