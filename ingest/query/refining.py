"""A search text with one more condition, or with one less. Pure."""

from __future__ import annotations

from typing import Final

from ingest.errors import QueryError
from ingest.query.grammar import parse
from ingest.query.tree import (
    ANY,
    EVERYTHING,
    And,
    Equal,
    Has,
    Node,
    Path,
    Words,
    all_of,
    negated,
)
from ingest.query.writing import write

Nodes = tuple[Node, ...]
MAX_VALUE_LENGTH: Final = 500  # characters of a value that a condition may name


def condition_on(path: Path, value: str) -> str:
    """The text that asks for just this value; "" where nobody can ask for it.

    A name that no search text can hold is left out: the words are looked for anywhere.
    """
    if len(value) > MAX_VALUE_LENGTH or not value.isprintable():
        return ""
    for node in (Has(path, Equal(value)), Has(ANY, Words.of(value))):
        if _means(text := write(node), node):
            return text
    return ""


def refined(text: str, condition: str, exclude: bool) -> str:
    """The text with the condition, or its exclusion, instead of the opposite.

    Where the text has it already, without it.
    """
    asked = parse(condition).tree
    wanted = negated(asked) if exclude else asked
    nodes = required(text)
    if wanted in nodes:
        return write(all_of(node for node in nodes if node != wanted))
    kept = [node for node in nodes if node != negated(wanted)]
    sign = "-" if exclude else ""
    added = f"{text} {sign}{condition}".strip()
    meant = all_of([*kept, wanted])
    # As it was typed, if that means the same: behind an OR it does not.
    return added if _means(added, meant) else write(meant)


def required(text: str) -> Nodes:
    """The conditions that every match of a text fulfils."""
    return conditions(parse(text).tree)


def conditions(tree: Node) -> Nodes:
    if tree == EVERYTHING:
        return ()
    return tree.nodes if isinstance(tree, And) else (tree,)


def is_among(condition: str, nodes: Nodes, exclude: bool) -> bool:
    """Whether the condition, or its exclusion, is one of those."""
    asked = parse(condition).tree
    return (negated(asked) if exclude else asked) in nodes


def _means(text: str, node: Node) -> bool:
    try:
        return parse(text).tree == node
    except QueryError:
        return False
