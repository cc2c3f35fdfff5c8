"""The fields that the list shows beside the message: chosen, remembered, filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from django import forms
from django.http import QueryDict

from ingest.entry import MARKS
from ingest.query.fields import OWN, TIMES, paths_of
from ingest.query.page import Item
from ingest.query.pieces import NAME
from ingest.query.subject import Subject
from logsite.search.visible import visible

COLUMNS: Final = "columns"  # the parameter and the cookie
MAX_COLUMNS: Final = 6
MAX_NAME_LENGTH: Final = 100
MAX_CELL_LENGTH: Final = 200  # characters of a value in the list
_ELSEWHERE: Final = frozenset({"message", "service", "level", "metadata", *TIMES})


@dataclass(frozen=True)
class Cell:
    """What one entry has in one column."""

    name: str
    value: str


@dataclass(frozen=True)
class Seen:
    """A field that entries of the list have: a column, or one that could be."""

    name: str
    entries: int
    chosen: bool


class Columns(forms.Field):
    """Names of fields with commas between them; what is no name is left out."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def to_python(self, value: str | None) -> tuple[str, ...]:
        names = dict.fromkeys((value or "").split(","))
        return tuple(filter(is_column, names))[:MAX_COLUMNS]


def is_column(name: str) -> bool:
    """Whether a search text could name the field, too; not what the list has anyway."""
    if not 0 < len(name) <= MAX_NAME_LENGTH or name in _ELSEWHERE:
        return False
    found = NAME.match(f"{name}:x")
    return found is not None and found[1] == name


def with_columns(data: QueryDict, cookies: Mapping[str, str]) -> QueryDict:
    """What was asked, with the columns that were chosen last if it names none."""
    remembered = unquote(cookies.get(COLUMNS, ""))
    if COLUMNS in data or not remembered:
        return data
    known = data.copy()
    known[COLUMNS] = remembered
    return known


def cells(item: Item, names: Iterable[str]) -> list[Cell]:
    subject = Subject(item.message, item.metadata, item.service, item.level, item.id)
    return [Cell(name, _text(subject, name)) for name in names]


def _text(subject: Subject, name: str) -> str:
    if name == "id":
        return subject.id
    texts = (text for path in paths_of(name) for text in subject.texts(path)[0])
    joined = ", ".join(texts)[: 2 * MAX_CELL_LENGTH]
    return re.sub(r"\s+", " ", visible(joined))[:MAX_CELL_LENGTH]


def seen(items: Iterable[Item], chosen: Iterable[str]) -> list[Seen]:
    """The fields of these entries, by name; chosen ones that none has, too."""
    counted = Counter(name for item in items for name in set(_names(item.metadata)))
    chosen = tuple(chosen)
    names = sorted({*counted, *chosen}, key=str.casefold)
    return [
        Seen(name, counted[name], name in chosen) for name in names if is_column(name)
    ]


def _names(metadata: Mapping[str, Any]) -> Iterator[str]:
    for key, value in metadata.items():
        if key != MARKS:
            yield from _names_within(f"metadata.{key}" if key in OWN else key, value)


def _names_within(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _names_within(f"{name}.{key}", below)
    elif isinstance(value, list):
        for one in value:
            yield from _names_within(name, one)
    elif value is not None:
        yield name
