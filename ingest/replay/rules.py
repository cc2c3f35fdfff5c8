"""Rules that mend dead letters: a list of steps, plain data, nothing that is run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from ingest.errors import BadEntry
from ingest.formats.joining import Joined
from ingest.formats.jsontext import read_json
from ingest.formats.linetimes import Reading
from ingest.formats.text import read_text
from ingest.send.entries import of_text

MAX_STEPS: Final = 20
MAX_DEPTH: Final = 8  # names in one path
MAX_ITEMS: Final = 1_000  # entries that one letter may become
MAX_VALUE: Final = 10_000  # characters of JSON that a step sets
MAX_BYTES: Final = 4 * 1024**2  # what a step may make of a letter
ENCODINGS: Final = {
    "latin-1": "latin-1",
    "cp1252": "cp1252",
    "cp949": "cp949",
    "utf-16": "utf-16",
}
KINDS: Final = ("text", "json", "array", "jsonlines", *ENCODINGS)

Path = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
Item = bytes | dict[str, Any]  # one entry to be: as bytes, or read as an object


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    """One thing that is done to a letter."""


class Set(_Step, frozen=True, tag="set"):
    """Give a field a value; `metadata.order.id` names one within others."""

    field: Path
    value: Any


class Rename(_Step, frozen=True, tag="rename"):
    """Move a field, if it is there."""

    field: Path
    to: Path


class Remove(_Step, frozen=True, tag="remove"):
    """Leave a field out, if it is there."""

    field: Path


class Replace(_Step, frozen=True, tag="replace", rename={"by": "with"}):
    """Put other words wherever these stand; for text that is no JSON yet."""

    text: Text
    by: Annotated[str, msgspec.Meta(max_length=1_000)]


class Parse(_Step, frozen=True, tag="parse", rename={"kind": "as"}):
    """Read the bytes as what they are."""

    kind: Literal[
        "text", "json", "array", "jsonlines", "latin-1", "cp1252", "cp949", "utf-16"
    ]


Step = Set | Rename | Remove | Replace | Parse
Rule = Sequence[Step]
_RULE: Final = list[Step]


class BadRule(ValueError):
    """A rule that is not one; the text says which step and why."""


class Misfit(Exception):  # noqa: N818 - says something of a letter, not of the rule
    """A rule cannot be applied to this letter."""


def read_rule(steps: Any) -> list[Step]:
    """Steps as plain data, checked; raises BadRule."""
    if isinstance(steps, list) and len(steps) > MAX_STEPS:
        raise BadRule(f"A rule has at most {MAX_STEPS} steps.")
    _check_writable(steps)
    try:
        rule = msgspec.convert(steps, _RULE)
    except msgspec.ValidationError as error:
        raise BadRule(str(error)) from None
    for step in rule:
        _check(step)
    return rule


def _check_writable(steps: Any) -> None:
    """Whatever keeps rules has to take them: SQL takes neither NUL nor NaN."""
    try:
        written = json.dumps(steps, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise BadRule(f"A rule is JSON: {error}") from None
    if rb"\u0000" in written:
        raise BadRule("A rule holds no NUL.")


def _check(step: Step) -> None:
    for path in _paths(step):
        names = path.split(".")
        if len(names) > MAX_DEPTH or not all(names):
            raise BadRule(f"{path!r} is not a path of up to {MAX_DEPTH} names.")
    if isinstance(step, Set) and len(json.dumps(step.value)) > MAX_VALUE:
        raise BadRule(f"The value of {step.field} is too long.")


def plain(rule: Iterable[Step]) -> list[dict[str, Any]]:
    """The rule as it is kept: what `read_rule` takes."""
    steps: list[dict[str, Any]] = msgspec.to_builtins(list(rule))
    return steps


def apply(rule: Rule, value: bytes, received: datetime) -> list[bytes]:
    """What the steps make of a letter's bytes, one entry each; raises Misfit.

    `received` is when it came: a line of text without a year or a zone needs it.
    """
    items: list[Item] = [value]
    for number, step in enumerate(rule, 1):
        try:
            items = [new for item in items for new in _done(step, item, received)]
        except (BadEntry, UnicodeError, Misfit) as error:
            raise Misfit(f"Step {number}: {error}") from error
        if not 0 < len(items) <= MAX_ITEMS:
            raise Misfit(f"Step {number}: {len(items)} entries; 1 to {MAX_ITEMS:,}.")
    values = [_encoded(item) for item in items]
    if sum(map(len, values)) > MAX_BYTES:
        raise Misfit("it would become too long")
    return values


def _done(step: Step, item: Item, received: datetime) -> list[Item]:
    match step:
        case Parse():
            return _PARSERS[step.kind](_encoded(item), received)
        case Replace():
            return [_replaced(_encoded(item), step)]
    fields = _object(item)
    match step:
        case Set():
            _put(fields, step.field, step.value)
        case Remove():
            _take(fields, step.field)
        case Rename():
            found = _take(fields, step.field)
            if found is not _ABSENT:
                _put(fields, step.to, found)
    return [fields]


def _encoded(item: Item) -> bytes:
    if isinstance(item, bytes):
        return item
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()


def _object(item: Item) -> dict[str, Any]:
    if isinstance(item, dict):
        return item
    fields, _ = read_json(item)
    if not isinstance(fields, dict):
        raise Misfit("this is not a JSON object")
    return fields


# -- fields --------------------------------------------------------------------------

_ABSENT: Final = object()


def _paths(step: Step) -> list[str]:
    names = ("field", "to")
    return [getattr(step, name) for name in names if hasattr(step, name)]


def _put(fields: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        fields = fields.setdefault(name, {})
        if not isinstance(fields, dict):
            raise Misfit(f"{name} is not an object")
    fields[last] = value


def _take(fields: dict[str, Any], path: str) -> Any:
    *outer, last = path.split(".")
    for name in outer:
        inner = fields.get(name)
        if not isinstance(inner, dict):
            return _ABSENT
        fields = inner
    return fields.pop(last, _ABSENT)


# -- bytes ---------------------------------------------------------------------------


def _replaced(value: bytes, step: Replace) -> bytes:
    text, by = step.text.encode(), step.by.encode()
    if len(value) + value.count(text) * len(by) > MAX_BYTES:
        raise Misfit("it would become too long")
    return value.replace(text, by)


def _as_text(value: bytes, received: datetime) -> list[Item]:
    first, *more = value.decode().splitlines() or [""]
    head = read_text(first, Reading(received))
    return [of_text(Joined(head, 1, 1, 0, len(value), more), None)]


def _as_json(value: bytes, _: datetime) -> list[Item]:
    """JSON that was written into a JSON string."""
    inner, _lone = read_json(value)
    if not isinstance(inner, str):
        raise Misfit("this is not a JSON string")
    return [inner.encode()]


def _as_array(value: bytes, _: datetime) -> list[Item]:
    found, _lone = read_json(value)
    if not isinstance(found, list):
        raise Misfit("this is not a JSON array")
    return [json.dumps(one, ensure_ascii=False).encode() for one in found]


def _as_lines(value: bytes, _: datetime) -> list[Item]:
    return [line for line in value.splitlines() if line.strip()]


def _decoded(encoding: str) -> Callable[[bytes, datetime], list[Item]]:
    def parse(value: bytes, _: datetime) -> list[Item]:
        return [value.decode(encoding).encode()]

    return parse


_PARSERS: Final[dict[str, Callable[[bytes, datetime], list[Item]]]] = {
    "text": _as_text,
    "json": _as_json,
    "array": _as_array,
    "jsonlines": _as_lines,
    **{kind: _decoded(name) for kind, name in ENCODINGS.items()},
}
