"""Makes metadata what MongoDB can store: keys, integers, depth and number of fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import NoneType
from typing import Any, Final

from ingest.entry import MARKS, MAX_DEPTH, MAX_FIELDS
from ingest.errors import BadEntry
from ingest.formats.jsontext import INT64_MAX, INT64_MIN, BigInteger, too_deep

METADATA_DEPTH: Final = 2  # the entry itself is level 1
MAX_NAMED: Final = 20  # of changed keys and integers, marks name so many
_SCALARS: Final = frozenset({str, int, float, bool, NoneType})
_UNSAFE: Final = str.maketrans({".": "_", "\0": "_"})


def is_clean(metadata: dict[str, Any]) -> bool:
    """Whether metadata surely needs no change; a doubtful one says False.

    Made for speed: the values at the top are known to be 64-bit already.
    """
    if not are_clean_keys(metadata):
        return False
    if _SCALARS.issuperset(map(type, metadata.values())):
        return True
    return all(_clean_value(value, METADATA_DEPTH + 1) for value in metadata.values())


def are_clean_keys(keys: Collection[str]) -> bool:
    """Whether no key may have to be rewritten, and none is that of the marks."""
    joined = "\n".join(keys)
    if "." in joined or "$" in joined or "\0" in joined:
        return False
    return "" not in keys and MARKS not in keys


def _clean_value(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind is int:
        return _fits(value)
    if kind is list:
        parts: Iterable[Any] = value
    elif kind is dict:
        parts = value.values()
        if not are_clean_keys(value):
            return False
    else:
        return True
    return depth <= MAX_DEPTH and all(_clean_value(part, depth + 1) for part in parts)


class Cleaner:
    """One walk over the metadata of one entry; remembers what it had to change."""

    def __init__(self, max_fields: int = MAX_FIELDS) -> None:
        self.fields_left = max_fields
        self.integers: list[str] = []  # keys under which integers became strings
        self.keys: dict[str, str] = {}  # new key: key as sent
        self._key = ""

    @property
    def changed(self) -> bool:
        return bool(self.integers or self.keys)

    def object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        """The same object with keys and values that can be stored."""
        if depth > MAX_DEPTH:
            raise too_deep()
        self._count(len(value))
        clean: dict[str, Any] = {}
        for key, part in value.items():
            name = key if _is_safe(key) else self._renamed(key, value, clean)
            self._key = name
            clean[name] = self.value(part, depth + 1)
        return clean

    def value(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is dict:
            return self.object(value, depth)
        if kind is list:
            if depth > MAX_DEPTH:
                raise too_deep()
            return [self.value(part, depth + 1) for part in value]
        if kind is BigInteger or (kind is int and not _fits(value)):
            _note(self.integers, self._key)
            return str.__str__(value) if kind is BigInteger else str(value)
        return value

    def _count(self, fields: int) -> None:
        self.fields_left -= fields
        if self.fields_left < 0:
            raise BadEntry("too_many_fields", f"More than {MAX_FIELDS:,} fields.")

    def _renamed(self, key: str, sent: dict[str, Any], clean: dict[str, Any]) -> str:
        name = free_name(safe_key(key), sent, clean)
        if len(self.keys) < MAX_NAMED:
            self.keys[name] = key
        return name


def safe_key(key: str) -> str:
    """A key that MongoDB takes: no `.`, no NUL, no leading `$`, not empty."""
    name = key.translate(_UNSAFE) or "_"
    if name[0] == "$":
        name = f"_{name[1:]}"
    return f"{MARKS}_" if name == MARKS else name  # `$logsite` is no mark of ours


def free_name(name: str, *taken: dict[str, Any]) -> str:
    """The name, or the name with as many `_` behind it as make it a new one."""
    while any(name in names for names in taken):
        name += "_"
    return name


def _fits(number: int) -> bool:
    """In the 64 bits that BSON has for an integer."""
    return INT64_MIN <= number <= INT64_MAX


def _is_safe(key: str) -> bool:
    return bool(key) and key[0] != "$" and "." not in key and "\0" not in key


def _note(names: list[str], name: str) -> None:
    if len(names) < MAX_NAMED and name not in names:
        names.append(name)
