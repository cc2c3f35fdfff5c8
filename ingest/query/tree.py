"""What a search text means: a small tree. Pure; `grammar.parse` makes it.

    failed -(level:debug OR host:web-2)

is And(Has(ANY, Words("failed")), Not(Or(Levels("debug"), Has(host, Words("web-2"))))).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ingest.words import fold_text, runs

Path = tuple[str, ...]
ANY: Final[Path] = ()  # the message and every value of the metadata
MESSAGE: Final[Path] = ("message",)
SERVICE: Final[Path] = ("service",)
METADATA: Final = "metadata"  # first part of the path of any other field

Number = int | float
# What a value has to look like to be compared as a number, if it is text.
NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Words:
    """Words side by side, in this order, within one value."""

    text: str = field(compare=False)
    runs: Path

    @classmethod
    def of(cls, text: str) -> Words:
        return cls(text, tuple(runs(text)))


@dataclass(frozen=True)
class Glob:
    """Parts of text with anything but blanks between them: sub*string.

    An empty part at an end leaves that end open; the others are ends of words.
    """

    parts: tuple[str, ...]

    @property
    def folded(self) -> tuple[str, ...]:
        return tuple(fold_text(part) for part in self.parts)


@dataclass(frozen=True)
class Regex:
    """A pattern of RE2, found anywhere in one value."""

    pattern: str
    ignore_case: bool = False


@dataclass(frozen=True)
class Equal:
    """The whole value: the same text but for case and width, or the same number."""

    text: str


@dataclass(frozen=True)
class Compare:
    """A number above or below another: `op` is > >= < <=."""

    op: str
    number: Number


@dataclass(frozen=True)
class Between:
    """A number from one to another, both included."""

    low: Number
    high: Number


@dataclass(frozen=True)
class Exists:
    """There is a value."""


Test = Words | Glob | Regex | Equal | Compare | Between | Exists


@dataclass(frozen=True)
class Has:
    """A value of the field passes the test."""

    path: Path
    test: Test


@dataclass(frozen=True)
class Levels:
    """The level is one of these."""

    text: str = field(compare=False)  # as it was asked for: >=warn
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Id:
    """The entry with this id."""

    id: str


@dataclass(frozen=True)
class Not:
    node: Node


@dataclass(frozen=True)
class And:
    """All of them; none given: every entry."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Or:
    nodes: tuple[Node, ...]


Node = Has | Levels | Id | Not | And | Or
EVERYTHING: Final = And()


def all_of(nodes: Iterable[Node]) -> Node:
    """Both and more; one alone stays as it is."""
    flat = tuple(one for node in nodes for one in _within(node, And))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(nodes: Iterable[Node]) -> Node:
    """One or another; one alone stays as it is."""
    flat = tuple(one for node in nodes for one in _within(node, Or))
    return flat[0] if len(flat) == 1 else Or(flat)


def negated(node: Node) -> Node:
    return node.node if isinstance(node, Not) else Not(node)


def wanted(node: Node) -> Iterator[Has]:
    """What is looked for, not what is excluded: for marking what was found."""
    if isinstance(node, Has):
        yield node
    elif isinstance(node, And | Or):
        for one in node.nodes:
            yield from wanted(one)


def leaves(node: Node) -> Iterator[Has | Levels | Id]:
    """Every condition, wherever it stands."""
    if isinstance(node, Not):
        yield from leaves(node.node)
    elif isinstance(node, And | Or):
        for one in node.nodes:
            yield from leaves(one)
    else:
        yield node


def _within(node: Node, kind: type[And | Or]) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, And | Or) and type(node) is kind else (node,)
