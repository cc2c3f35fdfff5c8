"""Columns that no entry fills: maybe another name was meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from ingest.export.rows import METADATA, WHOLE
from ingest.query.page import Item

ALIKE: Final = 0.7  # of two names, from 0 to 1: hots and host are, user and os are not
MOST_NEAR: Final = 2_000  # names that are compared
MAX_NEAR: Final = 64  # characters of a name for which others are looked for


@dataclass(frozen=True)
class EmptyColumn:
    """A column that none of the entries looked at has; another entry may have it."""

    column: str
    nearest: str  # a name that is there; "" if none is like it
    looked_at: int
    is_all: bool  # these are all that were found

    @property
    def message(self) -> str:
        whose = "entries found" if self.is_all else "newest entries"
        said = f"None of the {self.looked_at:,} {whose} has {self.column!r}"
        ends = "its column is empty" if self.is_all else "its column may be empty"
        if not self.looked_at:
            said, ends = (
                "Nothing was found",
                f"no entry is known to have {self.column!r}",
            )
        meant = f" Did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{said}: {ends}.{meant}"


def empty_columns(
    columns: Iterable[str], items: Sequence[Item], is_all: bool
) -> list[EmptyColumn]:
    """Where nothing was found, only what looks like a slip of the pen is told."""
    names = {name for item in items for name in _names(item.metadata)}
    known = _to_compare(names)
    found = [
        EmptyColumn(column, _nearest(column, known), len(items), is_all)
        for column in columns
        if column not in WHOLE and column.removeprefix(METADATA) not in names
    ]
    return [one for one in found if items or one.nearest]


def _names(metadata: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Of fields and of the objects that hold them: both can be a column."""
    for key, value in metadata.items():
        if value is not None:
            yield f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _names(value, f"{above}{key}.")


def _to_compare(names: set[str]) -> dict[str, str]:
    """Names by how they are compared; of very many, which are ids, none of them."""
    near = [name for name in sorted(names) if len(name) <= MAX_NEAR]
    known = {name.casefold(): name for name in near} if len(near) <= MOST_NEAR else {}
    return known | {name: name for name in WHOLE}


def _nearest(column: str, known: dict[str, str]) -> str:
    asked = column.removeprefix(METADATA).casefold()[:MAX_NEAR]
    like = get_close_matches(asked, known, n=1, cutoff=ALIKE)
    return known[like[0]] if like else ""
