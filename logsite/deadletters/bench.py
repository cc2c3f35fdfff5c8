"""What pages, API and commands do with dead letters: look, try, discard."""

from __future__ import annotations

import string
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from pymongo.database import Database

from ingest import metrics
from ingest.errors import QueryError, Refused
from ingest.mongo import Document
from ingest.replay import letters
from ingest.replay.letters import MAX_IDS, Group, Selection
from ingest.replay.rules import BadRule, read_rule
from ingest.replay.run import Mending
from ingest.replay.trial import Trial, diff
from logsite.audit.actors import Actor
from logsite.audit.recording import record

ID_LENGTH: Final = 32
CAUSE_LENGTH: Final = 16
MAX_TRIED: Final = 2_000
MAX_SHOWN: Final = 20
MAX_REASON: Final = 300
MAX_HAND: Final = 1_000_000  # characters of a letter that was written by hand
TREND_SPAN: Final = timedelta(hours=24)


class NoSuchLetter(Refused):
    """Nothing is kept under this name."""

    status = 404


@dataclass(frozen=True)
class Tried:
    """A letter that was tried, and the difference that the rule makes."""

    letter: Document
    trial: Trial
    lines: list[str]


@dataclass(frozen=True)
class DryRun:
    """What a replay would do. `outcomes` are those of the letters that were tried."""

    total: int
    tried: int
    outcomes: dict[tuple[str, str], int]  # outcome and code -> letters
    shown: list[Tried]


def selection_of(cause: str = "", ids: list[str] | None = None) -> Selection:
    """Which letters somebody means; raises QueryError."""
    ids = ids or []
    if bool(cause) == bool(ids):
        raise QueryError("bad_selection", "Name a cause, or letters by their ids.")
    if len(ids) > MAX_IDS:
        raise QueryError("bad_selection", f"At most {MAX_IDS:,} letters by their ids.")
    for name in ids:
        check_id(name)
    if cause and not _is_hex(cause, CAUSE_LENGTH):
        raise QueryError("bad_selection", f"{cause[:80]!r} is not a cause.")
    return Selection(cause=cause, ids=ids)


def check_id(name: str) -> str:
    if not _is_hex(name, ID_LENGTH):
        raise QueryError("bad_selection", f"{name[:80]!r} is not the id of a letter.")
    return name


def mending_of(
    rule: list[Any], by_hand: str | None, insist: bool, selection: Selection
) -> Mending:
    """How letters are to be mended; raises QueryError."""
    try:
        steps = read_rule(rule)
    except BadRule as error:
        raise QueryError("bad_rule", str(error)) from error
    if by_hand is None:
        return Mending(steps, insist=insist)
    if len(selection.ids) != 1 or steps:
        said = "One letter by its id can be written by hand, and then without a rule."
        raise QueryError("bad_rule", said)
    if not _is_whole(by_hand) or len(by_hand) > MAX_HAND:
        said = f"Whole text without NUL, up to {MAX_HAND:,} characters."
        raise QueryError("bad_rule", said)
    return Mending((), by_hand.encode(), insist)


def letter_of(db: Database[Document], name: str) -> Document:
    found = letters.one(db, check_id(name))
    if found is None:
        raise NoSuchLetter("no_such_letter", f"There is no dead letter {name}.")
    return found


def groups_of(db: Database[Document], state: str, now: datetime) -> list[Group]:
    """By cause, each with how many came over the last day."""
    found = letters.groups(db, letters.of_state(state))
    bars = letters.trends(db, found, TREND_SPAN, now)
    return [_with_trend(one, bars) for one in found]


def group_of(db: Database[Document], cause: str, now: datetime) -> Group | None:
    """The open letters of a cause; None if there are none."""
    match = {**letters.of_state(letters.OPEN), "cause": cause}
    found = letters.groups(db, match)
    bars = letters.trends(db, found, TREND_SPAN, now)
    return _with_trend(found[0], bars) if found else None


def dry_run(
    db: Database[Document],
    selection: Selection,
    mending: Mending,
    limit: int = MAX_TRIED,
    shown: int = MAX_SHOWN,
) -> DryRun:
    """Try letters in the order in which they would be replayed; nothing is sent."""
    query = selection.query()
    total = letters.count(db, query)
    outcomes: Counter[tuple[str, str]] = Counter()
    examples: list[Tried] = []
    seen: Counter[tuple[str, str]] = Counter()
    some = letters.find(db, query, None, limit)
    for letter in some:
        trial = mending.trial(letter)
        kind = (trial.outcome.value, trial.code)
        outcomes[kind] += 1
        # Some of each kind, so that the few which fail are seen beside all others.
        if len(examples) < shown and seen[kind] < max(3, shown // 4):
            seen[kind] += 1
            lines = diff(letter["value"] or b"", trial.values) if trial.values else []
            examples.append(Tried(letter, trial, lines))
    return DryRun(total, len(some), dict(outcomes), examples)


def discard(
    db: Database[Document], actor: Actor, selection: Selection, reason: str
) -> int:
    """Give up the open letters of a selection, with a reason; answers how many."""
    said = reason.strip()
    if not 0 < len(said) <= MAX_REASON or not _is_whole(said):
        raise QueryError("no_reason", f"Say why, in up to {MAX_REASON} characters.")
    number = letters.discard(db, selection.query(), str(actor), said, timezone.now())
    metrics.count("dead_letters_discarded_total", number)
    target = f"cause {selection.cause}" if selection.cause else ",".join(selection.ids)
    detail = {"letters": number, "reason": said}
    record(actor, "dead_letter.discard", target, detail)
    return number


def as_hex(value: bytes, limit: int = 4_096) -> str:
    """Bytes as people compare them: offset, sixteen of them, and what is text."""
    return "\n".join(
        f"{start:08x}  {_pairs(row)}  {_printable(row)}"
        for start in range(0, min(len(value), limit), 16)
        for row in [value[start : min(start + 16, limit)]]
    )


def _pairs(row: bytes) -> str:
    return f"{row[:8].hex(' '):23}  {row[8:].hex(' '):23}"


def _printable(row: bytes) -> str:
    known = string.ascii_letters + string.digits + string.punctuation + " "
    return "".join(chr(byte) if chr(byte) in known else "." for byte in row)


def _with_trend(group: Group, bars: dict[str, tuple[int, ...]]) -> Group:
    return Group(**{**vars(group), "trend": bars[group.cause]})


def _is_whole(text: str) -> bool:
    """Whether everything that keeps text would take it: no NUL, no half character."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= set("0123456789abcdef")
