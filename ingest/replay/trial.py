"""What today's pipeline would make of a dead letter, without sending it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ingest.entries import REFUSED
from ingest.entry import UNKNOWN_SERVICE, LogEntry, source_of
from ingest.errors import BadEntry
from ingest.formats.mend import canonical
from ingest.replay.rules import Misfit, Rule, apply

MAX_REPLAYS: Final = 3  # of one message; more of it only after a fix by hand
MAX_SHOWN: Final = 20_000  # characters of a letter in a diff
MAX_LINES: Final = 400
NOBODY: Final = "dead-letters"  # stands for the instance that sent a letter


class Outcome(StrEnum):
    """What would become of a letter that is replayed now."""

    STORED = "stored"
    FAILS = "fails"  # today's pipeline refuses it
    UNCHANGED = "unchanged"  # nothing was mended: it fails as it did before
    MISFIT = "misfit"  # a step of the rule cannot be applied to it
    GUARDED = "guarded"  # it failed MAX_REPLAYS times
    COPY = "copy"  # the same message came twice; the other letter counts


@dataclass(frozen=True)
class Trial:
    """One letter, tried."""

    outcome: Outcome
    values: tuple[bytes, ...]  # what would be sent, one message each
    code: str = ""
    reason: str = ""
    key: bytes = b""


Letter = Mapping[str, Any]


def try_rule(letter: Letter, rule: Rule) -> Trial:
    """A letter through the rule, then through today's pipeline."""
    if letter.get("attempts", 0) >= MAX_REPLAYS:
        said = f"It failed again {letter['attempts']} times: mend it by hand."
        return Trial(Outcome.GUARDED, (), "too_many_replays", said)
    try:
        values = apply(rule, letter["value"] or b"", letter["received"])
    except Misfit as misfit:
        return Trial(Outcome.MISFIT, (), "misfit", str(misfit))
    return _piped(letter, values)


def try_value(letter: Letter, value: bytes) -> Trial:
    """A letter whose bytes somebody wrote by hand."""
    return _piped(letter, [value])


def _piped(letter: Letter, values: list[bytes]) -> Trial:
    is_same = len(values) == 1 and _say_the_same(values[0], letter["value"] or b"")
    if is_same and letter["code"] == REFUSED:
        return _failed(letter, values, Outcome.UNCHANGED, REFUSED, letter["message"])
    service = letter.get("service") or UNKNOWN_SERVICE
    sent, entries = [], []
    for value in values:
        try:
            # Its own time stands in where it says none: not that of the replay.
            entry, canonical_value = canonical(value, service, letter["received"])
        except BadEntry as bad:
            outcome = Outcome.UNCHANGED if is_same else Outcome.FAILS
            return _failed(letter, values, outcome, bad.code, bad.message)
        sent.append(canonical_value)
        entries.append(entry)
    return Trial(Outcome.STORED, tuple(sent), key=_key(letter, entries[0]))


def _say_the_same(one: bytes, other: bytes) -> bool:
    """Blanks in JSON say nothing."""
    if one == other:
        return True
    try:
        return json.dumps(json.loads(one)) == json.dumps(json.loads(other))
    except (ValueError, RecursionError):
        return False


def _failed(
    letter: Letter, values: list[bytes], outcome: Outcome, code: str, reason: str
) -> Trial:
    return Trial(outcome, tuple(values), code, reason, _key(letter, None))


def _key(letter: Letter, entry: LogEntry | None) -> bytes:
    """Its source's, so that it comes where its source is; never empty.

    What is sent again has to meet its first copy, so no partition is left to chance.
    """
    own = letter["key"]
    if own:
        return bytes(own)
    return source_of(entry, NOBODY).encode() if entry else bytes(letter["_id"])


def shown(value: bytes) -> str:
    """Bytes as people read them: JSON in lines, anything else as it is."""
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        return value.decode(errors="replace")[:MAX_SHOWN]
    return json.dumps(read, ensure_ascii=False, indent=2)[:MAX_SHOWN]


def diff(before: bytes, after: tuple[bytes, ...]) -> list[str]:
    """Lines that go (`-`), come (`+`) or stay (a blank)."""
    old = shown(before).splitlines()[:MAX_LINES]
    new = [line for value in after for line in shown(value).splitlines()][:MAX_LINES]
    lines = difflib.unified_diff(old, new, n=MAX_LINES, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
