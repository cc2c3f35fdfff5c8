"""A request's body -> its entries: one object, an array, or one object a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from ingest.errors import BadEntry, Unreadable
from ingest.formats.batch import MAX_COMMAS, MAX_ENTRIES, Batch, Gathering, check_count
from ingest.formats.canonical import (
    DECODE_ERRORS,
    FlatEntry,
    all_canonical,
    flat_array,
    flat_lines,
)
from ingest.formats.jsontext import position_of_error, read_json

_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n"
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]+|[\]}]+|,', re.DOTALL)


def read_batch(body: bytes, default_service: str, now: datetime) -> Batch:
    """Every entry of a body, accepted or rejected by itself.

    Raises Unreadable if no entry can be told from another, or there is none at all.
    """
    if body.startswith(_BOM):
        body = body[len(_BOM) :]
    if b"\r" in body:  # in JSON a raw CR is only ever a blank
        body = body.replace(b"\r\n", b"\n")
    return _all_canonical(body) or _each(_slices(body), body, default_service, now)


def _all_canonical(body: bytes) -> Batch | None:
    """A body whose entries are all canonical is decoded in one go."""
    body = body.removesuffix(b"\n")
    entries: list[FlatEntry] | None = None
    values: list[bytes] = []
    if body[:1] == b"[" and body.count(b",") <= MAX_COMMAS:
        if entries := flat_array(body):
            values = [bytes(raw) for raw in _ARRAY.decode(body)]
    elif _one_object_a_line(body) and (entries := flat_lines(body)):
        values = body.split(b"\n")
    if not entries or not all_canonical(entries, values):
        return None
    check_count(len(entries))
    return Batch(entries, values, range(len(entries)))


def _one_object_a_line(body: bytes) -> bool:
    # An object that goes over a line's end would move all later lines: between the
    # objects, and nowhere else in JSON, `}` and `{` meet at the end of a line.
    ends = body.count(b"\n")
    return body[:1] == b"{" and body.count(b"}\n{") == ends < MAX_ENTRIES


def _slices(body: bytes) -> list[bytes]:
    """The bytes of every entry, good or bad."""
    body = body.rstrip(_BLANKS)  # blanks before it stay: errors say where they are
    if body.lstrip(_BLANKS)[:1] == b"[":
        slices = _array_slices(body)
    elif b"\n" in body and not _is_one_object(body):
        slices = _lines(body)
    else:
        slices = [body] if body else []
    if not slices:
        raise Unreadable("no_entries", "The body holds no entry.")
    return slices


def _lines(body: bytes) -> list[bytes]:
    check_count(body.count(b"\n") + 1)
    return [line for line in body.split(b"\n") if line.strip(_BLANKS)]


def _is_one_object(body: bytes) -> bool:
    """A pretty-printed object. The first line of many objects is one by itself."""
    first = body[: body.index(b"\n")].rstrip(_BLANKS)
    if first.endswith(b"}") and _reads(first):
        return False
    return _reads(body)


def _reads(value: bytes) -> bool:
    try:
        read_json(value)
    except BadEntry as error:
        return error.code in ("not_finite", "too_deep")  # JSON, but not for us
    return True


def _array_slices(body: bytes) -> list[bytes]:
    if body.count(b",") > MAX_COMMAS:
        return _split_array(body)
    try:
        raws = _ARRAY.decode(body)
    except DECODE_ERRORS:
        return _split_array(body)
    check_count(len(raws))
    return [bytes(raw) for raw in raws]


def _split_array(body: bytes) -> list[bytes]:
    """Cut an array at its own commas, whatever is wrong inside one of its entries."""
    text = body.decode(errors="surrogateescape")
    cuts = list(islice(_cuts(text), MAX_ENTRIES + 1))
    check_count(len(cuts))
    if not cuts or text[cuts[-1] :] != "]":
        raise _unreadable(body)
    bounds = zip([text.index("["), *cuts], cuts, strict=False)
    parts = [text[start + 1 : end].strip() for start, end in bounds]
    return [part.encode(errors="surrogateescape") for part in parts]


def _cuts(text: str) -> Iterator[int]:
    """Where the outermost array has its commas, and where it ends."""
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] in "[{":
            depth += len(token)
        elif token == "," and depth == 1:
            yield match.start()
        elif token[0] in "]}":
            depth -= len(token)
            if depth <= 0:
                yield match.end() - 1 + depth
                return


def _each(
    slices: list[bytes], body: bytes, default_service: str, now: datetime
) -> Batch:
    gathering = Gathering(default_service, now)
    for value in slices:
        gathering.add_json(value)
    batch = gathering.batch()
    if not batch.entries and all(one.code == "invalid_json" for one in batch.rejected):
        raise _unreadable(body)
    return batch


def _unreadable(body: bytes) -> Unreadable:
    text = body.decode(errors="surrogateescape")
    hint = "Send one JSON object, an array of them, or one object a line."
    message = position_of_error(text) or "The body is not JSON."
    return Unreadable("unreadable_body", message, hint)
