"""Moves what a text says about services and levels into the filter. Pure.

`service:api level:>=warn` then costs no more than the same choices made beside the
search box: counted by blocks, narrowed by MongoDB.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.entry import LEVELS
from ingest.query.filter import LogFilter
from ingest.query.grammar import Query
from ingest.query.tree import (
    SERVICE,
    And,
    Equal,
    Has,
    Levels,
    Node,
    Not,
    Or,
    all_of,
)

Names = tuple[str, ...]


def lifted(log_filter: LogFilter, query: Query) -> tuple[LogFilter, Query]:
    """A filter and a query that mean the same together."""
    rest: list[Node] = []
    for node in query.tree.nodes if isinstance(query.tree, And) else (query.tree,):
        narrowed = _narrowed(log_filter, node)
        if narrowed is None:
            rest.append(node)
        else:
            log_filter = narrowed
    return log_filter, Query(all_of(rest))


def services_of(node: Node) -> Names | None:
    """The services that a node means, if it means nothing else."""
    match node:
        case Has(path, Equal(text)) if path == SERVICE:
            return (text,)
        case Or(nodes):
            return _together([services_of(one) for one in nodes])
    return None


def levels_of(node: Node) -> Names | None:
    """The levels that a node means, if it means nothing else."""
    match node:
        case Levels(_, levels):
            return levels
        case Or(nodes):
            return _together([levels_of(one) for one in nodes])
        case Not(inner) if (excluded := levels_of(inner)) is not None:
            return tuple(level for level in LEVELS if level not in excluded)
    return None


def _narrowed(log_filter: LogFilter, node: Node) -> LogFilter | None:
    services, levels = services_of(node), levels_of(node)
    if services and (both := _both(log_filter.services, services)):
        return replace(log_filter, services=both)
    if levels and (both := _both(log_filter.levels, levels)):
        return replace(log_filter, levels=both)
    return None


def _both(chosen: Names, asked: Names) -> Names:
    """Names of both choices; () if there are none, which would mean all."""
    return tuple(name for name in chosen or asked if name in asked)


def _together(parts: list[Names | None]) -> Names | None:
    if None in parts:
        return None
    return tuple(dict.fromkeys(name for names in parts for name in names or ()))
