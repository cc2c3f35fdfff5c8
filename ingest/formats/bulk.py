"""Elasticsearch's `_bulk`: a line that says what to do, then a line with the document.

Logs are only ever added: `create` and `index` are the same here, and `update` and
`delete` are rejected, item by item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from ingest.errors import BadEntry, Unreadable
from ingest.formats import ecs
from ingest.formats.batch import Batch, Gathering
from ingest.formats.jsontext import read_json
from ingest.formats.times import EPOCH

VERBS: Final = ("create", "index", "update", "delete")
_ADDS: Final = ("create", "index")
_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r"

Lines = Iterator[tuple[int, bytes]]  # number from 1, and text


@dataclass(frozen=True, slots=True)
class Action:
    """What one item is about, as its answer repeats it."""

    verb: str
    index: str | None  # where the document should go
    id: str | None  # the name that its sender gave it

    @property
    def is_named_creation(self) -> bool:
        return self.verb == "create" and self.id is not None


@dataclass(slots=True)
class BulkBatch(Batch):
    """The entries of a bulk request, and what its sender wants to hear of each."""

    actions: list[Action] = field(default_factory=list)
    read_at: datetime = EPOCH

    @property
    def identity(self) -> bytes:
        """What is the same if these documents are sent again, else empty.

        Only where each is created under a name of its sender's: who creates the same
        name again means the same document.
        """
        names = [(one.index, one.id) for one in self.actions if one.is_named_creation]
        is_known = len(names) == len(self.actions)
        return msgspec.json.encode(names) if is_known else b""


def read_bulk(
    body: bytes, index: str | None, default_service: str, now: datetime
) -> BulkBatch:
    """Every item of a body, accepted or rejected by itself; `index` is the path's.

    Raises Unreadable for an action that cannot be read: after it, nobody knows which
    line is an action and which a document.
    """
    lines = _lines(body)
    gathering = Gathering(default_service, now)
    actions: list[Action] = []
    for number, line in lines:
        action = _action(line, number, index)
        actions.append(action)
        try:
            gathering.add(_fields(action, lines))
        except BadEntry as error:
            gathering.reject(error)
    if not actions:
        raise Unreadable("no_entries", "The body holds no action.")
    batch = gathering.batch()
    return BulkBatch(
        *(batch.entries, batch.values, batch.indexes, batch.rejected, batch.mended),
        actions=actions,
        read_at=now,
    )


def _lines(body: bytes) -> Lines:
    """The lines that are not blank. The last one may lack its end."""
    for number, line in enumerate(body.removeprefix(_BOM).split(b"\n"), 1):
        if text := line.strip(_BLANKS):
            yield number, text


def _action(line: bytes, number: int, index: str | None) -> Action:
    try:
        sent, _ = read_json(line)
    except BadEntry as error:
        raise _malformed(number, error.message) from None
    if not isinstance(sent, dict) or len(sent) != 1:
        raise _malformed(number, "An action is an object of one member.")
    verb, details = next(iter(sent.items()))
    if verb not in VERBS or not isinstance(details, dict):
        expected = "An action is one of " + ", ".join(VERBS) + ", with an object."
        raise _malformed(number, expected)
    return Action(
        verb, _text(details.get("_index")) or index, _text(details.get("_id"))
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _fields(action: Action, lines: Lines) -> dict[str, Any]:
    """The fields of an action's entry; raises BadEntry if it can be none."""
    if action.verb == "delete":  # brings no document
        raise _not_supported(action)
    _, document = next(lines, (0, b""))
    if not document:
        raise BadEntry("no_document", "The document of the last action is missing.")
    if action.verb not in _ADDS:
        raise _not_supported(action)
    sent, _ = read_json(document)
    if not isinstance(sent, dict):
        raise BadEntry("not_an_object", "A document is a JSON object.")
    fields = ecs.fields_of(sent)
    if action.index:
        fields["metadata"].setdefault("index", action.index)
    return fields


def _not_supported(action: Action) -> BadEntry:
    message = f"{action.verb} is not supported: logs are only added."
    return BadEntry("not_supported", message)


def _malformed(number: int, what: str) -> Unreadable:
    message = f"Malformed action/metadata line [{number}]: {what}"
    return Unreadable("malformed_action", message)
