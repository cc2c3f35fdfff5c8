"""What `send --follow` remembers, so that a new start goes on where the last one was.

Before a batch is posted its end is written down, and after the answer the place. A
start between the two makes the same batch again, with the same key.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ingest.send.follow import Place


class Saved(msgspec.Struct, frozen=True):
    """The place in a file up to which all is accepted, and the batch under way."""

    place: Place
    sending_to: int = 0  # end of the batch that was posted last; 0 if it is answered


class Journal:
    """One small file for each followed file and receiver."""

    def __init__(self, directory: Path, url: str, identity: str) -> None:
        name = hashlib.blake2b(f"{url} {identity}".encode(), digest_size=16).hexdigest()
        self.path = directory / f"{name}.json"

    def load(self) -> Saved | None:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Saved)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def save(self, saved: Saved) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(saved))
        draft.replace(self.path)
