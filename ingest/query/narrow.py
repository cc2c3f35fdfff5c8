"""What the bytes of an entry say about whether it matches, before it is decoded.

Bytes are not text: this holds only for blocks whose text is all ASCII. There a text
stands in the entry as it is asked for, but for the case of its letters; unless it can
come from a number or a boolean, which are no text in BSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingest.query.grammar import Query
from ingest.query.needed import texts_of
from ingest.query.tree import (
    ANY,
    MESSAGE,
    And,
    Glob,
    Has,
    Node,
    Or,
    Regex,
    Words,
)

# What repr() of a number or "true" and "false" may give, or a part of it.
_IN_NUMBERS: Final = re.compile(r"[-+.e\d]*", re.ASCII)
_NO_TEXT: Final = ("-inf", "nan", "true", "false")


def literals(query: Query) -> list[bytes]:
    """Texts whose bytes every match in an ASCII block holds; the longest first."""
    found = {text.encode() for text in _of(query.tree) if _stands_as_it_is(text)}
    return sorted(found, key=len, reverse=True)


def is_shown_by_message(node: Node) -> bool:
    """Whether an entry whose message alone fulfils this does so with any metadata.

    More texts can only help where something is looked for in each of them.
    """
    match node:
        case And(nodes) | Or(nodes):
            return all(map(is_shown_by_message, nodes))
        case Has(path, Words() | Glob() | Regex()):
            return path in (ANY, MESSAGE)
    return False


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
