"""Skips entries that cannot match without decoding them, where bytes allow it.

Bytes are not text: this holds only for blocks whose text is all ASCII. There a text
stands in the entry as it is asked for, but for the case of its letters; unless it can
come from a number or a boolean, which are no text in BSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final

from ingest.query.grammar import Query
from ingest.query.needed import texts_of
from ingest.query.tree import And, Has, Node

# What repr() of a number or "true" and "false" may give, or a part of it.
_IN_NUMBERS: Final = re.compile(r"[-+.e\d]*", re.ASCII)
_NO_TEXT: Final = ("-inf", "nan", "true", "false")
_length_of = Struct("<i").unpack_from


def literals(query: Query) -> list[bytes]:
    """Texts whose bytes every match in an ASCII block holds; the longest first."""
    found = {text.encode() for text in _of(query.tree) if _stands_as_it_is(text)}
    return sorted(found, key=len, reverse=True)


def _of(node: Node) -> Iterator[str]:
    if isinstance(node, And):
        for one in node.nodes:
            yield from _of(one)
    elif isinstance(node, Has):
        yield from texts_of(node)


def _stands_as_it_is(text: str) -> bool:
    """Not in a number, nor in a boolean."""
    return text.isascii() and not (
        _IN_NUMBERS.fullmatch(text) or any(text in word for word in _NO_TEXT)
    )


def documents_with(batch: bytes, words: Sequence[bytes]) -> Iterator[bytes]:
    """Of many BSON documents, one after the other, those that hold all words."""
    folded = batch.lower()
    start = end = 0
    hit = folded.find(words[0])
    while hit >= 0:
        while end <= hit:
            start, end = end, end + _length_of(batch, end)[0]
        if all(folded.find(word, start, end) >= 0 for word in words[1:]):
            yield batch[start:end]
        hit = folded.find(words[0], end)
