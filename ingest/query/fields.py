"""Conditions on one field: `name:` and what has to be true of its value. Pure.

service:api level:>=warn       these two, by their own rules
message:failed                 words of the message only
host:web-2  metadata.a.b:"c d" words of a value in the metadata
host:="web-2"                  the whole value, but for case
status:>499  latency:10..20    numbers
host:*  -host:*                there is a value, there is none
host:(web-1 OR "web 2")        one of several
path:/\\/api\\/.*/  path:/api/*   expressions and wildcards, as without a field
id:5d1c...  trace:4bf9...      one entry; a trace id, whatever its field is called
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final, NoReturn

from ingest.entry import LEVELS
from ingest.errors import QueryError
from ingest.formats.levels import read_level
from ingest.query import pieces, regex, tree
from ingest.query.tree import (
    MESSAGE,
    METADATA,
    SERVICE,
    Between,
    Compare,
    Equal,
    Exists,
    Has,
    Id,
    Levels,
    Node,
    Number,
    Path,
    Regex,
    Test,
    Words,
)

TRACE_FIELDS: Final = ("trace_id", "traceId", "traceID", "traceid", "trace.id", "trace")
TIMES: Final = frozenset({"timestamp", "received"})
OWN: Final = frozenset({"message", "service", "level", "id", "trace", METADATA, *TIMES})
_COMPARISON: Final = re.compile(r"[<>]=?")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_RANGE: Final = re.compile(rf"({_NUMBER.pattern})\.\.({_NUMBER.pattern})", re.ASCII)
_ID: Final = re.compile(r"[0-9a-fA-F]{32}")
# `error:` is text; where the text ends behind one of our own names, a value is due.
# Parentheses without an OR are part of a text: error:(5).
_SEVERAL: Final = re.compile(r'\((?:[^()"]|"(?:[^"\\]|\\.)*")*\sOR\s')
_NO_VALUE: Final = re.compile(rf"({'|'.join(sorted(OWN))}):\s*$")


def read_field(text: str, at: int, groups: bool) -> tuple[Node, int] | None:
    """The condition that begins here and where it ends; None if this is text."""
    named = _NO_VALUE.match(text, at) or pieces.NAME.match(text, at)
    if named is None:
        return None
    value = _Value(text, named[1], named.end(), groups)
    several = groups and _SEVERAL.match(text, named.end())
    node = value.read_several() if several else value.read()
    return (node, value.at) if node else None


def name_of(path: Path) -> str:
    """What a field is called in a search text."""
    if path[0] != METADATA or len(path) == 1 or path[1] in OWN:
        return ".".join(path)
    return ".".join(path[1:])


def paths_of(name: str) -> list[Path]:
    """Where the values of a field are; those of a trace in one of several places."""
    if name == "message":
        return [MESSAGE]
    names = TRACE_FIELDS if name == "trace" else (name,)
    own = METADATA + "."
    return [
        (METADATA, *one.removeprefix(own).split(".")) if one != METADATA else (one,)
        for one in names
    ]


class _Value:
    """What stands behind a name."""

    def __init__(self, text: str, name: str, at: int, groups: bool) -> None:
        self.text = text
        self.name = name
        self.at = at
        self._start = at
        self._groups = groups

    def read(self) -> Node | None:
        if not self.text[self.at :].strip():
            self._no_value()
        if self.name in TIMES:
            hint = (
                f"Choose a time range; `metadata.{self.name}` is a field of a sender."
            )
            self._refuse("query_field", "Times are not searched by field.", hint)
        if self.text[self.at] == "(":
            return self._refuse_several(self.at) if self.name in OWN else None
        kinds: dict[str, Callable[[], Node | None]] = {
            "level": self._level,
            "id": self._id,
            "service": self._service,
        }
        return kinds.get(self.name, self._field)()

    def read_several(self) -> Node:
        """(a OR b): one value or another."""
        begin = self.at
        self.at += 1
        options = [self._option(begin)]
        while (found := pieces.OPERATOR.match(self.text, self.at)) and found[1] == "OR":
            self.at = found.end()
            options.append(self._option(begin))
        if self.text[self.at : self.at + 1] != ")":
            self._refuse_several(begin)
        self.at += 1
        return tree.any_of(options)

    def _option(self, begin: int) -> Node:
        self._pass_blanks()
        self._start = self.at
        option = self.read() or self._refuse_several(begin)
        self._pass_blanks()
        return option

    # -- Fields with rules of their own ------------------------------------------------

    def _level(self) -> Node:
        sign = self._sign()
        if self.text[self.at : self.at + 1] in ("<", ">", "="):
            hint = "Use one of > >= < <=, such as level:>=warn."
            message = "A level is needed after the comparison."
            self._refuse("query_level", message, hint, self.at)
        asked = self._bare()
        if asked == "*" and not sign:
            return Levels(asked, LEVELS)
        low, between, high = asked.partition("..")
        if between and not sign:
            first, last = self._rank(low), self._rank(high)
            return Levels(asked, LEVELS[first : last + 1])
        return Levels(sign + asked, _levels(sign, self._rank(asked)))

    def _rank(self, name: str) -> int:
        level = read_level(pieces.unescaped(name).strip('"'))
        if level is None:
            hint = "Use TRACE, DEBUG, INFO, WARN, ERROR or FATAL, in any case."
            self._refuse("query_level", f"This is no level: {name[:80]!r}.", hint)
        return LEVELS.index(level)

    def _id(self) -> Node:
        asked = self._bare()
        if not _ID.fullmatch(asked):
            hint = "Use the `id` of an entry, whole."
            self._refuse("query_id", "An id has 32 hexadecimal digits.", hint)
        return Id(asked.lower())

    def _service(self) -> Node:
        if self._sign():
            hint = "Use service:NAME, or a part of it: service:auth*."
            self._refuse("query_field", "A service is no number.", hint)
        if self.text[self.at] == '"':
            return Has(SERVICE, Equal(self._quoted()))
        test = self._test() or self._no_value()
        return Has(SERVICE, Equal(test.text) if isinstance(test, Words) else test)

    def _field(self) -> Node | None:
        test = self._test()
        if test is None:
            return self._no_value() if self.name in OWN else None
        return tree.any_of(Has(path, test) for path in paths_of(self.name))

    # -- What is asked of a value ------------------------------------------------------

    def _test(self) -> Test | None:
        if self.text[self.at] == '"':
            return self._phrase()
        if found := pieces.REGEX.match(self.text, self.at):
            self.at = found.end()
            regex.check(found[1], bool(found[2]), found.start(1))
            return Regex(found[1], bool(found[2]))
        if self.text[self.at] == "=":
            self.at += 1
            return Equal(self._whole())
        if sign := self._sign():
            return Compare(sign, self._number(self._bare()))
        return self._bare_test()

    def _bare_test(self) -> Test | None:
        start, asked = self.at, self._bare()
        if asked == "*":
            return Exists()
        if found := _RANGE.fullmatch(asked):
            return Between(self._number(found[1]), self._number(found[2]))
        self._check_range(asked, start)
        return pieces.text_test(asked)

    def _check_range(self, asked: str, start: int) -> None:
        """Where one end of a range is a number, the other has to be one."""
        low, between, high = asked.partition("..")
        is_low, is_high = (_NUMBER.fullmatch(end) for end in (low, high))
        if not between or not (is_low or is_high) or high.startswith("."):
            return
        hint = (
            f'Such as {self.name}:10..20; put quotes around text: {self.name}:"a..b".'
        )
        message = "Both ends of a range are numbers."
        self._refuse(
            "query_number", message, hint, start + len(low) if is_low else start
        )

    def _phrase(self) -> Words:
        words = Words.of(self._quoted())
        if not words.runs:
            hint = f'{self.name}:="" finds empty values, -{self.name}:* those without.'
            message = "There is no word between these quotes."
            self._refuse("query_value", message, hint)
        return words

    def _whole(self) -> str:
        if self.text[self.at : self.at + 1] == '"':
            return self._quoted()
        asked = self._bare()
        return pieces.unescaped(asked) if asked else self._no_value()

    def _quoted(self) -> str:
        found = pieces.PHRASE.match(self.text, self.at)
        if found is None:
            hint = 'Close it with ", or write \\" for a quote in the value.'
            self._refuse("query_quote", "This quote is never closed.", hint, self.at)
        self.at = found.end()
        return pieces.phrase(found)

    def _number(self, asked: str) -> Number:
        if not _NUMBER.fullmatch(asked):
            hint = "Such as 5, -1.5 or 2e6."
            self._refuse(
                "query_number", f"A number is needed after {self._name()}.", hint
            )
        number = float(asked) if re.search("[.eE]", asked) else int(asked)
        if not math.isfinite(number):
            self._refuse("query_number", "This number is too large.", "")
        return number

    def _refuse_several(self, at: int) -> NoReturn:
        message = "A field takes one value, or several with OR between them."
        hint = f"Write {self.name}:(a OR b); put quotes around a text with parentheses."
        self._refuse("query_field", message, hint, at)

    # -- Reading -----------------------------------------------------------------------

    def _sign(self) -> str:
        found = _COMPARISON.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def _bare(self) -> str:
        piece = pieces.bare(self.text, self.at, self._groups)
        self.at += len(piece)
        return piece

    def _pass_blanks(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _name(self) -> str:
        return f"`{self.name}:`"

    def _no_value(self) -> NoReturn:
        hint = f"Write {self.name}:VALUE; put quotes around text that only looks so."
        message = f"A value is needed after {self._name()}."
        self._refuse("query_value", message, hint)

    def _refuse(
        self, code: str, message: str, hint: str, at: int | None = None
    ) -> NoReturn:
        asked = self._start if at is None else at
        raise QueryError(code, message, hint, min(asked, len(self.text) - 1))


def _levels(sign: str, rank: int) -> tuple[str, ...]:
    if not sign:
        return (LEVELS[rank],)
    if sign[0] == ">":
        return LEVELS[rank + (sign == ">") :]
    return LEVELS[: rank + (sign == "<=")]
