"""What can be said about whether an entry matches, before it is decoded. Pure.

Neither bytes nor MongoDB's expressions know our folding: this holds only for blocks
whose text is all ASCII. There a text stands in the entry as it is asked for, but for
the case of its letters; unless it can come from a number or a boolean, which are no
text in BSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingest.query.grammar import Query
from ingest.query.needed import texts_of
from ingest.query.plan import Conditions
from ingest.query.tree import (
    ANY,
    MESSAGE,
    And,
    Glob,
    Has,
    Node,
    Or,
    Path,
    Regex,
    Words,
)

DEEPEST: Final = 8  # parts of a path that is asked of MongoDB
# What repr() of a number or "true" and "false" may give, or a part of it.
_IN_NUMBERS: Final = re.compile(r"[-+.e\d]*", re.ASCII)
_NO_TEXT: Final = ("-inf", "nan", "true", "false")


def literals(query: Query) -> list[bytes]:
    """Texts whose bytes every match in an ASCII block holds; the longest first."""
    found = {text.encode() for text in _of(query.tree) if _stands_as_it_is(text)}
    return sorted(found, key=len, reverse=True)


def in_fields(query: Query) -> list[Conditions]:
    """What MongoDB may ask of entries in an ASCII block: every match fulfils it all."""
    return list(_asked_of_fields(query.tree))


def _asked_of_fields(node: Node) -> Iterator[Conditions]:
    match node:
        case And(nodes):
            for one in nodes:
                yield from _asked_of_fields(one)
        case Or(nodes):
            options = [list(_asked_of_fields(one)) for one in nodes]
            if all(options):
                yield {"$or": [{"$and": option} for option in options]}
        case Has(path) if _is_one_field(path):
            if texts := list(filter(_can_be_asked, texts_of(node))):
                yield _in_field(path, max(texts, key=len))


def _is_one_field(path: Path) -> bool:
    """Not all of the metadata; nor a name that MongoDB would read in its own way."""
    return 1 < len(path) <= DEEPEST and all(
        name.isprintable() and name and "$" not in name for name in path
    )


def _can_be_asked(text: str) -> bool:
    return _stands_as_it_is(text) and text.isprintable()


def _in_field(path: Path, text: str) -> Conditions:
    """A text in a field, or something there that an expression does not look into.

    MongoDB looks into lists, but not into lists within them.
    """
    name = ".".join(path)
    above = [".".join(path[:end]) for end in range(2, len(path))]
    return {
        "$or": [
            {name: {"$regex": re.escape(text), "$options": "i"}},
            {name: {"$type": ["object", "array"]}},
            *({each: {"$type": "array"}} for each in above),
        ]
    }


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
