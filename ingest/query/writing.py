"""A tree as a search text: what `grammar.parse` reads as the same tree. Pure."""

from __future__ import annotations

from ingest.query import pieces
from ingest.query.fields import name_of
from ingest.query.tree import (
    SERVICE,
    And,
    Between,
    Compare,
    Equal,
    Exists,
    Glob,
    Has,
    Id,
    Levels,
    Node,
    Not,
    Or,
    Path,
    Regex,
    Test,
    Words,
)


def write(node: Node) -> str:
    """The text; "" for everything."""
    match node:
        case And(nodes):
            return " ".join(_grouped(one, Or) for one in nodes)
        case Or(nodes):
            return " OR ".join(_grouped(one, Or) for one in nodes)
        case Not(inner):
            return f"-{_grouped(inner, And | Or)}"
        case Levels(text, _):
            return f"level:{text}"
        case Id(entry_id):
            return f"id:{entry_id}"
        case Has(path, test):
            return _has(path, test)


def _grouped(node: Node, kind: type | object) -> str:
    text = write(node)
    return f"({text})" if isinstance(node, kind) else text  # type: ignore[arg-type]


def _has(path: Path, test: Test) -> str:
    if not path:
        return _test(test)
    if path == SERVICE and isinstance(test, Equal):
        return f"service:{pieces.quoted(test.text)}"
    return f"{name_of(path)}:{_test(test)}"


def _test(test: Test) -> str:
    match test:
        case Words(text, _):
            return pieces.quoted(text)
        case Glob(parts):
            return pieces.starred(parts)
        case Regex(pattern, ignore_case):
            return f"/{pattern}/{'i' if ignore_case else ''}"
        case Equal(text):
            return f"={pieces.quoted(text)}"
        case Compare(op, number):
            return f"{op}{number!r}"
        case Between(low, high):
            return f"{low!r}..{high!r}"
        case Exists():
            return "*"
