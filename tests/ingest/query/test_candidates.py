"""Matches among the entries that MongoDB sends, in every form it may send them."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from bson.codec_options import CodecOptions

from ingest.entry import LogEntry
from ingest.fold.block import position, to_ms
from ingest.fold.terms import texts_of
from ingest.query.candidates import BlockReader, Candidates
from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from ingest.query.narrow import is_shown_by_message, literals
from ingest.words import ESCAPE
from tests.ingest.query.asking import fulfils, random_entry, random_text
from tests.ingest.query.stored import array_of, document_of

DB: Any = SimpleNamespace(codec_options=CodecOptions(tz_aware=True))


def entries_of(rng: Random) -> list[LogEntry]:
    return [random_entry(rng, rng.choice([0, 0.001, 60])) for _ in range(400)]


def is_ascii(entry: LogEntry) -> bool:
    """As a block says it: neither of services nor of our own marks."""
    texts = texts_of(entry.message, entry.metadata)
    return all(text.isascii() and ESCAPE not in text for text in texts)


def candidates(stored: dict[bytes, LogEntry], *, raw: bool) -> Candidates:
    documents = [document_of(entry, name) for name, entry in stored.items()]
    if raw:
        half = len(documents) // 2
        return Candidates(batches=map(array_of, (documents[:half], documents[half:])))
    return Candidates(documents=iter(documents))


@pytest.mark.parametrize("seed", range(3))
def test_matches_and_what_is_counted_are_those_of_a_plain_look(seed: int) -> None:
    rng, shown = Random(seed), 0
    every = entries_of(rng)
    plain = list(filter(is_ascii, every))
    for _ in range(700):
        raw = rng.random() < 0.9
        entries = rng.sample(plain if raw else every, 6)
        text = random_text(rng, entries)
        matcher, tree = Matcher(LogFilter(text)), parse(text).tree
        if raw and not literals(matcher.query):
            continue  # then documents are asked for
        reader = BlockReader(DB, matcher)
        stored = {
            position(1, 0, n): one
            for n, one in enumerate(entries)
            if matcher.fields(one.timestamp, one.level, one.service)
        }
        wanted = [one for name, one in stored.items() if fulfils(tree, one, name.hex())]

        found = [*reader.matches(candidates(stored, raw=raw))]
        brief = [*reader.brief(candidates(stored, raw=raw))]

        assert [one["message"] for one in found] == [one.message for one in wanted]
        assert brief == [
            (to_ms(one.timestamp), one.level, one.service) for one in wanted
        ], text
        shown += bool(raw and brief and is_shown_by_message(matcher.query.tree))
    assert shown > 30  # else this proves little
