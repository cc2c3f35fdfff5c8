"""Which fields some entries have, and their most frequent values. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ingest.entry import MARKS
from ingest.fold.terms import texts_in
from ingest.query.fields import name_of
from ingest.query.tree import METADATA, Path

MAX_ENTRIES: Final = 5_000
MAX_VALUES: Final = 200_000  # different ones, of all fields together


@dataclass(frozen=True)
class Value:
    text: str
    entries: int


@dataclass(frozen=True)
class Field:
    """One field of the metadata, as the entries of a sample have it."""

    name: str
    path: Path
    entries: int  # that have it
    distinct: int
    values: list[Value]  # the most frequent ones


class Sample:
    """The fields of entries that were added, until there are enough."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self.entries = 0
        self._max_entries = max_entries
        self._distinct = 0
        self._values: defaultdict[Path, Counter[str]] = defaultdict(Counter)
        self._having: Counter[Path] = Counter()

    @property
    def full(self) -> bool:
        return self.entries >= self._max_entries or self._distinct >= MAX_VALUES

    def add(self, metadata: Mapping[str, Any]) -> None:
        self.entries += 1
        found = set(_values_in(metadata, ()))  # of a list, equal elements once
        for path, text in found:
            values = self._values[path]
            self._distinct += text not in values
            values[text] += 1
        self._having.update({path for path, _ in found})

    def fields(self, top: int) -> list[Field]:
        """Those that most entries have come first."""
        return [
            self._field(path, entries, top)
            for path, entries in sorted(self._having.items(), key=_most_first)
        ]

    def _field(self, path: Path, entries: int, top: int) -> Field:
        values = self._values[path]
        frequent = sorted(values.items(), key=_most_first)[:top]
        shown = [Value(text, n) for text, n in frequent]
        whole = (METADATA, *path)
        return Field(name_of(whole), whole, entries, len(values), shown)


def _most_first(counted: tuple[Any, int]) -> tuple[int, Any]:
    return -counted[1], counted[0]


def _values_in(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            if path or key != MARKS:
                yield from _values_in(below, (*path, key))
    elif isinstance(value, list):
        for one in value:
            yield from _values_in(one, path)
    else:
        for text in texts_in(value):
            yield path, text
