"""Entries as lines of a file: NDJSON for programs, CSV for spreadsheets."""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from io import StringIO
from typing import Any, Final

import msgspec

from ingest.export.formulas import harmless
from ingest.query.page import Item

WHOLE: Final = (
    *("id", "timestamp", "received", "level", "service", "message"),
    "metadata",
)
METADATA: Final = "metadata."
LEVEL: Final = 6  # of gzip: a higher one takes twice the time for a few percent


class Format(StrEnum):
    """What the lines of a file are."""

    NDJSON = "ndjson"
    CSV = "csv"


@dataclass(frozen=True)
class Layout:
    """How entries are written. Columns: parts of an entry, else metadata fields."""

    format: Format = Format.NDJSON
    columns: tuple[str, ...] = WHOLE
    gzip: bool = True

    @property
    def suffix(self) -> str:
        return f".{self.format}.gz" if self.gzip else f".{self.format}"

    @property
    def content_type(self) -> str:
        if self.gzip:
            return "application/gzip"
        is_csv = self.format is Format.CSV
        return "text/csv; charset=utf-8" if is_csv else "application/x-ndjson"


def beginning(layout: Layout) -> bytes:
    """What a file has before its first entry; stretches of a file may be joined."""
    if layout.format is Format.NDJSON:
        return b""
    # Without the mark Excel reads UTF-8 as something else.
    return _packed(codecs.BOM_UTF8 + _csv([map(harmless, layout.columns)]), layout)


def lines(items: Iterable[Item], layout: Layout) -> bytes:
    """The entries, a line each; of CSV, a line may have line breaks within quotes."""
    rows = ([value_of(item, name) for name in layout.columns] for item in items)
    if layout.format is Format.CSV:
        return _packed(_csv(map(_cell, row) for row in rows), layout)
    objects = (dict(zip(layout.columns, row, strict=True)) for row in rows)
    return _packed(b"".join(_json(each) + b"\n" for each in objects), layout)


def value_of(item: Item, column: str) -> Any:
    """A part of an entry, or a field of its metadata; None if it has none."""
    if column in WHOLE:
        value = getattr(item, column)
        return _zulu(value) if isinstance(value, datetime) else value
    return _within(item.metadata, column.removeprefix(METADATA).split("."))


def _within(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _zulu(time: datetime) -> str:
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _json(value: Any) -> bytes:
    # Long integers of MongoDB are a class of their own.
    return msgspec.json.encode(value, enc_hook=int)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else _guarded_json(value)


def _guarded_json(value: Any) -> str:
    text = _json(value).decode()
    return harmless(text) if isinstance(value, dict | list) else text


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    written = StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


def _packed(content: bytes, layout: Layout) -> bytes:
    """Members of gzip that follow each other are one file of gzip."""
    if not layout.gzip or not content:
        return content
    return gzip.compress(content, LEVEL, mtime=0)
