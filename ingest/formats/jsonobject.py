"""A body that is one JSON object, of which a protocol says what is in it."""

from __future__ import annotations

from typing import Any

from ingest.errors import BadEntry, Unreadable
from ingest.formats.batch import MAX_COMMAS, MAX_ENTRIES, check_count
from ingest.formats.jsontext import read_json


def read_object(body: bytes, hint: str) -> dict[str, Any]:
    """The object; raises Unreadable with the hint, or TooLarge for too many parts."""
    if body.count(b",") > MAX_COMMAS:
        check_count(MAX_ENTRIES + 1)
    try:
        sent, _ = read_json(body)
    except BadEntry as error:
        raise Unreadable("unreadable_body", error.message, hint) from None
    if not isinstance(sent, dict):
        raise Unreadable("unreadable_body", "It is JSON, but no object.", hint)
    return sent
