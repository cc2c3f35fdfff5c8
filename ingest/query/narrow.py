"""Skips entries that cannot match without decoding them, where bytes allow it.

Bytes are not text: this holds only for blocks whose text is all ASCII. There a word
stands in the entry as it is asked for, but for the case of its letters; unless it can
come from a number or a boolean, which are no text in BSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final

from ingest.query.grammar import Query

# What repr() of a number or "true" and "false" may give as a word.
_NO_TEXT_IN_BSON: Final = re.compile(r"\d+|\d+e\d*|e\d+|inf|nan|true|false")
_length_of = Struct("<i").unpack_from


def literal_words(query: Query) -> list[bytes]:
    """Words whose bytes every match in an ASCII block holds; the longest first."""
    literal = [
        word.encode()
        for word in query.words
        if word.isascii() and not _NO_TEXT_IN_BSON.fullmatch(word)
    ]
    return sorted(literal, key=len, reverse=True)


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
