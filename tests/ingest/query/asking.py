"""Random entries in many scripts, random search texts, and a plain look at both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

import re2
from hypothesis import strategies as st

from ingest.entry import LogEntry
from ingest.errors import QueryError
from ingest.query.grammar import parse
from ingest.query.tree import (
    And,
    Between,
    Compare,
    Equal,
    Exists,
    Glob,
    Has,
    Id,
    Levels,
    Node,
    Not,
    Or,
    Path,
    Regex,
    Words,
)
from ingest.words import fold_text, is_cjk, runs
from tests.ingest.query.stored import entry_at

Entry = LogEntry
PARTICLES = (
    "이",
    "가",
    "을",
    "를",
    "은",
    "는",
    "에서",
    "으로",
    "와",
    "도",
    "부터",
    "의",
)
# Words that fold, split and join in surprising ways beside those that do not.
VOCABULARY = [
    *("failed", "FAILED", "Failure", "password", "for", "root", "foo_bar", "x"),
    *("foo—bar", "foo-bar", "foo.bar", "10.0.0.1", "10.0.0.12", "user=root,id=7"),
    *("İstanbul", "istanbul", "straße", "STRASSE", "ＦＵＬＬ", "full", "ﬁle", "file"),
    *("étude", "e\u0301tude", "ETUDE", "\u212aelvin", "kelvin", "ſtop", "Σίσυφος"),
    *("로그인", *(f"로그인{one}" for one in PARTICLES), "로그", "로", "서버1", "1서버"),
    *(
        normalize("NFD", "로그인이"),
        "ㄹㅗㄱㅡ",
        "ログイン",
        "ﾛｸﾞｲﾝ",
        "登录失败",
        "失败",
        "失",
    ),
    *("42", "1e21", "1.5", "007", "-7", "5", "true", "nan", "null", "/api/v1/items"),
    *('say "hi"', "(a)", "a*b", "C:\\temp", "\u00b4x", "日1本", "ab\u0301c", "क्षि"),
]
SERVICES = ["api", "auth", "auth-2", "로그", "API"]
FIELDS = ["host", "a.b", "list", "message", "n"]

pieces = st.sampled_from(VOCABULARY)
messages = st.lists(pieces, min_size=1, max_size=4).map(" ".join)
values: st.SearchStrategy[Any] = st.one_of(
    messages,
    pieces,
    st.integers(-8, 50),
    st.sampled_from(
        [5.0, 1.5, 1e21, 1e16, -0.0, True, False, None, "", 10**15, [], {}]
    ),
)
metadata = st.fixed_dictionaries(
    {},
    optional={
        "host": values,
        "a": st.fixed_dictionaries({"b": values}) | values,
        "list": st.lists(values | st.fixed_dictionaries({"b": values}), max_size=2),
        "n": values,
        "trace_id": pieces,
        "_logsite": st.fixed_dictionaries({"level": pieces}),
    },
)


def entries_of(seconds: st.SearchStrategy[float]) -> st.SearchStrategy[LogEntry]:
    return st.builds(
        lambda at, message, level, service, more: entry_at(
            at, message, level, service, **more
        ),
        seconds,
        messages,
        st.sampled_from(["DEBUG", "INFO", "WARN", "ERROR"]),
        st.sampled_from(SERVICES),
        metadata,
    )


# -- Search texts ----------------------------------------------------------------------


@st.composite
def cut(draw: st.DrawFn) -> str:
    """A part of a word: what a wildcard or an expression is made of."""
    word = draw(pieces)
    start = draw(st.integers(0, len(word) - 1))
    return word[start : draw(st.integers(start + 1, len(word)))]


def escaped(text: str) -> str:
    return re.sub(r'([\\"()*:/<>=-])', r"\\\1", text.replace(" ", ""))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def expression(text: str) -> str:
    return str(re2.escape(text)).replace("/", "\\/")


globs = st.one_of(
    cut().map(lambda text: escaped(text) + "*"),
    cut().map(lambda text: "*" + escaped(text)),
    cut().map(lambda text: "*" + escaped(text) + "*"),
    st.tuples(cut(), cut()).map(lambda two: "*".join(map(escaped, two))),
)
expressions = st.one_of(
    st.tuples(
        st.sampled_from(["{}", "^{}", "{}$", r"\b{}\b", "(?i){}", "{}+x?", "({})|x"]),
        cut().map(expression),
    ).map(lambda two: two[0].format(two[1])),
    st.tuples(cut(), cut()).map(lambda two: ".*".join(map(expression, two))),
    messages.map(expression),
)
tests = st.one_of(
    messages.map(quoted),
    cut().map(quoted),
    pieces.map(escaped),
    globs,
    st.tuples(expressions, st.sampled_from(["", "i"])).map(
        lambda two: f"/{two[0].strip()}/{two[1]}"
    ),
)
numbers = st.sampled_from(["5", "-7", "1.5", "0", "42", "1e21", "1000000000000000"])
values_asked = st.one_of(
    tests,
    (messages | pieces | numbers).map(lambda text: "=" + quoted(text)),
    st.tuples(st.sampled_from([">", ">=", "<", "<="]), numbers).map("".join),
    st.tuples(numbers, numbers).map("..".join),
    st.just("*"),
)
of_fields = st.tuples(
    st.sampled_from([*FIELDS, "metadata", "metadata._logsite.level", "trace"]),
    values_asked,
).map(":".join)
of_entries = st.one_of(
    st.sampled_from(SERVICES).map(lambda name: f"service:{name}"),
    st.sampled_from(["service:auth*", "service:/^a/", "service:nobody"]),
    st.sampled_from(["level:>=warn", "level:info", "-level:debug", "level:fatal"]),
    st.sampled_from(
        ["id:" + "00000001" + "0" * 24, "id:" + "0" * 7 + "1" + "0" * 23 + "3"]
    ),
)
atoms = st.one_of(tests, tests, of_fields, of_entries)
signed = st.tuples(st.sampled_from(["", "", "-"]), atoms).map("".join)
conjunctions = st.lists(signed, min_size=1, max_size=3).map(" ".join)
alternatives = st.lists(conjunctions, min_size=2, max_size=3).map(" OR ".join)
grouped = st.tuples(st.sampled_from(["", "-"]), alternatives).map(
    lambda two: f"{two[0]}({two[1]})"
)


def is_legal(text: str) -> bool:
    try:
        parse(text)
    except QueryError:
        return False
    return True


search_texts = st.one_of(
    conjunctions,
    alternatives,
    st.tuples(grouped, conjunctions).map(" ".join),
    st.tuples(conjunctions, grouped).map(" ".join),
).filter(is_legal)


# -- A plain look at one entry ---------------------------------------------------------


def fulfils(node: Node, entry: LogEntry, entry_id: str = "") -> bool:
    """What docs/search.md says, as plainly as it can be written."""
    match node:
        case And(nodes):
            return all([fulfils(one, entry, entry_id) for one in nodes])
        case Or(nodes):
            return any([fulfils(one, entry, entry_id) for one in nodes])
        case Not(inner):
            return not fulfils(inner, entry, entry_id)
        case Levels(_, levels):
            return entry.level in levels
        case Id(wanted):
            return entry_id == wanted
        case Has():
            return has(node, entry)


def has(node: Has, entry: LogEntry) -> bool:
    match node:
        case Has(("service",), Equal(name)):
            return entry.service == name
        case Has(("service",), Glob(parts)):
            pattern = ".*".join(map(re.escape, map(fold_text, parts)))
            return bool(re.fullmatch(pattern, fold_text(entry.service), re.DOTALL))
    found = list(values_at(entry, node.path))
    return passes(node.test, found, [text for one in found for text in texts(one)])


def passes(test: object, found: list[Any], within: list[str]) -> bool:
    match test:
        case Words(_, wanted):
            return any(in_order(wanted, runs(text)) for text in within)
        case Glob(parts):
            pattern = r"\S*".join(re.escape(fold_text(part)) for part in parts)
            return any(
                anywhere(pattern, parts, piece)
                for text in within
                for piece in fold_text(text).split()
            )
        case Regex(pattern, ignore_case):
            flags = "(?i)" if ignore_case else ""
            return any(re2.search(flags + pattern, text) for text in within)
        case Equal(text):
            same = fold_text(text) in map(fold_text, within)
            return same or any(number(one) == number(text) != None for one in found)  # noqa: E711
        case Compare(op, wanted):
            numbers = [number(one) for one in found]
            return any(one is not None and compares(one, op, wanted) for one in numbers)
        case Between(low, high):
            numbers = [number(one) for one in found]
            return any(one is not None and low <= one <= high for one in numbers)
        case Exists():
            return bool(found)
    raise AssertionError(test)


def values_at(entry: LogEntry, path: Path) -> Iterator[Any]:
    if path == ("service",):
        yield entry.service
        return
    if path in ((), ("message",)):
        yield entry.message
    if path in ((), ("metadata",)):
        for name, value in entry.metadata.items():
            if name != "_logsite":
                yield from reached(value, ())
    elif path[0] == "metadata":
        yield from reached(entry.metadata, path[1:])


def reached(value: Any, path: Path) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from reached(one, path)
    elif path:
        if isinstance(value, dict) and path[0] in value:
            yield from reached(value[path[0]], path[1:])
    elif value is not None:
        yield value


def texts(value: Any) -> list[str]:
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return [text for one in inner for text in texts(one)]
    return [] if value is None else [str(value)]


def in_order(wanted: Path, found: list[str]) -> bool:
    """The words side by side; CJK words also as parts of longer ones."""
    return any(
        all(
            word == one or (is_cjk(word) and word in one)
            for word, one in zip(wanted, found[place:], strict=False)
        )
        for place in range(len(found) - len(wanted) + 1)
    )


def anywhere(pattern: str, parts: Path, piece: str) -> bool:
    """Every stretch of a piece is tried; ends of the pattern are ends of words."""
    return any(
        re.fullmatch(pattern, piece[start:end])
        and (not parts[0] or is_edge(piece, start))
        and (not parts[-1] or is_edge(piece, end))
        for start in range(len(piece) + 1)
        for end in range(start, len(piece) + 1)
    )


def is_edge(text: str, at: int) -> bool:
    """Whether cutting here cuts no word: CJK ones may be cut."""
    before, after = text[:at][-1:], text[at:][:1]
    if not (re.fullmatch(r"\w", before) and re.fullmatch(r"\w", after)):
        return True
    return is_cjk(before) or is_cjk(after)


def number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", value):
        return float(value)
    return None


def compares(one: float, op: str, wanted: float) -> bool:
    above, same = one > wanted, one == wanted
    return {
        ">": above,
        ">=": above or same,
        "<": not above and not same,
        "<=": not above,
    }[op]
