"""Asks a document what MongoDB would be asked: the operators that a search uses."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def fulfils(document: Document, conditions: Document) -> bool:
    return all(_one(document, name, asked) for name, asked in conditions.items())


def _one(document: Document, name: str, asked: Any) -> bool:
    if name == "$and":
        return all(fulfils(document, one) for one in asked)
    if name == "$or":
        return any(fulfils(document, one) for one in asked)
    assert not name.startswith("$"), name
    if not isinstance(asked, dict):
        return bool(document.get(name) == asked)
    return all(_operator(document.get(name), op, to) for op, to in asked.items())


def _operator(value: Any, operator: str, asked: Any) -> bool:
    match operator:
        case "$in":
            return any(one in asked for one in _each(value))
        case "$nin":
            return not any(one in asked for one in _each(value))
        case "$gte":
            return value is not None and value >= asked
        case "$lte":
            return value is not None and value <= asked
        case "$lt":
            return value is not None and value < asked
        case "$bitsAllSet":
            return all(value[bit >> 3] >> (bit & 7) & 1 for bit in asked)
        case "$elemMatch":
            return any(
                fulfils({str(i): part for i, part in enumerate(one)}, asked)
                for one in value
            )
    raise AssertionError(operator)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
