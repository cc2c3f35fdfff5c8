"""What mending changed in one entry, as it is stored under `metadata._logsite`."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ingest.entry import MARKS, MAX_FIELDS
from ingest.formats.clean import MAX_NAMED, METADATA_DEPTH, Cleaner

MAX_ORIGINAL: Final = 1_000  # characters kept of a value that was replaced
SENT: Final = "sent"  # where a sender's own `_logsite` goes: it cannot forge marks
# A sender's `_logsite` may have as many fields as an entry; ours come on top.
_MAX_MARK_FIELDS: Final = MAX_FIELDS + 100


class Marks:
    """The marks of one entry while it is mended."""

    def __init__(self) -> None:
        self.changed = False  # also by what needs no mark, as a level that was absent
        self.mended: list[str] = []  # what was guessed, cut or rewritten
        self.originals: dict[str, Any] = {}

    def mend(self, name: str) -> None:
        self.changed = True
        self.mended.append(name)

    def keep(self, name: str, original: object) -> None:
        """Keep a value as it was sent, in words."""
        self.changed = True
        self.originals[name] = as_text(original)[:MAX_ORIGINAL]

    def name(self, what: str, names: list[str]) -> None:
        """Mark a change of several fields, with the first of their names."""
        self.mend(what)
        self.originals[what] = [name[:MAX_ORIGINAL] for name in names[:MAX_NAMED]]

    def clean(self, metadata: dict[str, Any], from_sender: bool) -> dict[str, Any]:
        """Metadata as it can be stored, with these marks in it."""
        sent = metadata.pop(MARKS, None)
        cleaner = Cleaner()
        clean = cleaner.object(metadata, METADATA_DEPTH)
        if sent is not None and (from_sender or not self._is_ours(sent, cleaner)):
            self.changed = True
            self.originals[SENT] = cleaner.value(sent, METADATA_DEPTH + 2)
            sent = None
        self._add(cleaner)
        marks = sent or self._as_metadata()
        return clean | {MARKS: marks} if marks else clean

    def _is_ours(self, sent: Any, cleaner: Cleaner) -> bool:
        """Marks that stay: of an entry that needs nothing more."""
        if not isinstance(sent, dict) or self.changed or cleaner.changed:
            return False
        own = Cleaner(_MAX_MARK_FIELDS)
        own.object(sent, METADATA_DEPTH + 1)
        return bool(sent) and not own.changed

    def _add(self, cleaner: Cleaner) -> None:
        if cleaner.integers:
            self.name("integers", cleaner.integers)
        if cleaner.keys:
            self.mend("keys")
            self.originals["keys"] = {
                name[:MAX_ORIGINAL]: key[:MAX_ORIGINAL]
                for name, key in cleaner.keys.items()
            }

    def _as_metadata(self) -> dict[str, Any]:
        return ({"mended": self.mended} if self.mended else {}) | self.originals


def as_text(value: object) -> str:
    """A value in words: strings as they are, others as JSON."""
    clean = Cleaner().value(value, METADATA_DEPTH)
    return clean if isinstance(clean, str) else msgspec.json.encode(clean).decode()
