"""Bytes of a source -> lines with number and place, whatever their length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from ingest.entry import MAX_ENTRY_BYTES

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line as it stands in the source, without its end."""

    number: int  # from 1
    start: int
    end: int
    data: bytes
    whole: bool = True  # it has its line end
    too_long: bool = False  # more than an entry may have; data is only its beginning


def read_lines(handle: BinaryIO, number: int = 0, start: int = 0) -> Iterator[RawLine]:
    """Every line from here to the end, the last one also without a line end."""
    while data := handle.readline(MAX_ENTRY_BYTES + 2):
        end, whole = start + len(data), data.endswith(b"\n")
        too_long = not whole and len(data) > MAX_ENTRY_BYTES
        if too_long:
            skipped, whole = _skip_line(handle)
            end += skipped
        number += 1
        yield RawLine(number, start, end, _content(data, start), whole, too_long)
        start = end


def _skip_line(handle: BinaryIO) -> tuple[int, bool]:
    """Pass over the rest of a line without holding it; its bytes, and if it ended."""
    skipped = 0
    while data := handle.readline(MAX_ENTRY_BYTES):
        skipped += len(data)
        if data.endswith(b"\n"):
            return skipped, True
    return skipped, False


def _content(data: bytes, start: int) -> bytes:
    content = data.rstrip(b"\r\n")
    return content.removeprefix(_BOM) if start == 0 else content
