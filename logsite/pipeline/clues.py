"""What somebody pasted who looks for an entry: a receipt, an id, or a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from ingest.formats.jsonlog import read_json_line
from ingest.formats.linetimes import Reading
from ingest.formats.text import read_text
from ingest.words import runs

MAX_PHRASE: Final = 24  # words; more of them tell no line from another
_ID: Final = re.compile(r"(?:.*/entries/)?([0-9a-fA-F]{32})")
_HEADER: Final = re.compile(r"(?:x-logsite-receipt:|\"?receipt\"?:)", re.IGNORECASE)
_RECEIPT: Final = re.compile(r"A[A-Za-z0-9_-]{44,}")  # its first byte is a version


class Kind(StrEnum):
    NOTHING = "nothing"
    RECEIPT = "receipt"
    ENTRY = "entry"
    LINE = "line"


@dataclass(frozen=True)
class Clue:
    """What was pasted; of a line the phrases by which its entry may be found."""

    kind: Kind
    value: str = ""
    phrases: tuple[str, ...] = ()


def read_clue(pasted: str, now: datetime) -> Clue:
    """An answer 202 or its header is taken for the receipt that it holds."""
    text = pasted.strip()
    if not text:
        return Clue(Kind.NOTHING)
    if receipt := _receipt_in(text):
        return Clue(Kind.RECEIPT, receipt)
    if found := _ID.fullmatch(text):
        return Clue(Kind.ENTRY, found[1].lower())
    return Clue(Kind.LINE, text, tuple(dict.fromkeys(_phrases(text, now))))


def _receipt_in(text: str) -> str:
    try:
        answer = msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeError):
        answer = {}
    if isinstance(answer.get("receipt"), str):
        return str(answer["receipt"])
    bare = _HEADER.sub("", text, count=1).strip(" \t\",'")
    return bare if _RECEIPT.fullmatch(bare) else ""


def _phrases(text: str, now: datetime) -> Iterator[str]:
    """The message as it would be stored first, then the line as it is."""
    line = text.splitlines()[0]
    for message in (_message_of(text), read_text(line, Reading(now)).message, line):
        if words := runs(message)[:MAX_PHRASE]:
            yield f'"{" ".join(words)}"'


def _message_of(text: str) -> str:
    entry = read_json_line(text.encode(errors="replace"))
    if entry is None:
        return ""
    try:
        return msgspec.json.decode(msgspec.json.encode(entry["message"]), type=str)
    except msgspec.DecodeError:
        return ""
