"""Reads one JSON value strictly, and says exactly what is wrong with a bad one."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

import msgspec

from ingest.entry import MAX_DEPTH
from ingest.errors import BadEntry

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
_SURE_DIGITS: Final = 18  # so many digits always fit in 64 bits
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a proper pair
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)",
    re.DOTALL,
)


class BigInteger(str):
    """Digits of an integer beyond 64 bits, maybe of thousands of digits."""

    __slots__ = ()


def read_json(value: bytes) -> tuple[Any, bool]:
    """The JSON value, and whether lone surrogates had to be replaced in it.

    Integers beyond 64 bits come as they are or as BigInteger. Raises BadEntry with
    the codes invalid_utf8, invalid_json, not_finite and too_deep.
    """
    try:
        return msgspec.json.decode(value), False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_slowly(value)


def _read_slowly(value: bytes) -> tuple[Any, bool]:
    """With the reader that can say where JSON ends, and what is wrong with it."""
    text = _decoded(value)
    whole = without_lone_surrogates(text)
    try:
        return _DECODER.decode(whole), whole is not text
    except json.JSONDecodeError as error:
        raise BadEntry("invalid_json", _where(error)) from None
    except RecursionError:
        raise too_deep() from None


def position_of_error(text: str) -> str:
    """What is wrong with a text that is no JSON, and where; "" if it is JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _where(error)
    except (RecursionError, ValueError):
        return ""
    return ""


def without_lone_surrogates(text: str) -> str:
    r"""Half a character, as in "\ud83d", becomes U+FFFD."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    changed = _ESCAPE.sub(_replacement, text)
    return text if changed == text else changed


def too_deep() -> BadEntry:
    return BadEntry("too_deep", f"Nested more than {MAX_DEPTH} levels deep.")


def _replacement(match: re.Match[str]) -> str:
    return r"\ufffd" if match["lone"] else match[0]


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        message = f"Not UTF-8: {error.reason} at byte {error.start}."
        raise BadEntry("invalid_utf8", message) from None


def _where(error: json.JSONDecodeError) -> str:
    """Python's sentence with line and column, and the byte for machines."""
    byte = len(error.doc[: error.pos].encode(errors="surrogateescape"))
    place = f"line {error.lineno} column {error.colno} (byte {byte})"
    return f"Not JSON: {error.msg} at {place}."


def _integer(digits: str) -> int | BigInteger:
    if len(digits) <= _SURE_DIGITS:
        return int(digits)
    if len(digits) > _SURE_DIGITS + 2 or not INT64_MIN <= int(digits) <= INT64_MAX:
        return BigInteger(digits)
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse_constant(text)
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise BadEntry("not_finite", f"{name[:40]} is not a finite number.")


_DECODER: Final = json.JSONDecoder(
    parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant
)
