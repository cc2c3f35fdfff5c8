"""Random entries in many scripts, random search texts, and a plain look at both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from unicodedata import normalize

import re2

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
from ingest.words import fold_text, is_cjk, plain, runs
from tests.ingest.query.stored import entry_at

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
    *("\x1b[31mfailed\x1b[0m", "pass\x1b[1mword", "\x1b]0;root", "31m"),
    *("42", "1e21", "1.5", "007", "-7", "5", "true", "nan", "null", "/api/v1/items"),
    *('say "hi"', "(a)", "a*b", "C:\\temp", "\u00b4x", "日1本", "ab\u0301c", "क्षि"),
]
SERVICES = ["api", "auth", "auth-2", "로그", "API"]

LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"]
NUMBERS = ["5", "-7", "1.5", "0", "42", "1e21", "1000000000000000"]
VALUES: list[Any] = [
    *(5.0, 1.5, 1e21, 1e16, -0.0, 10**15, 10**16, -7, 5, 42, "5.0", "-7"),
    *(True, False, None, "", [], {}),
]


# -- Entries ---------------------------------------------------------------------------


def random_entry(rng: Random, seconds: float = 0.0) -> LogEntry:
    level, service = rng.choice(LEVELS), rng.choice(SERVICES)
    return entry_at(seconds, message_of(rng), level, service, **metadata_of(rng))


def message_of(rng: Random) -> str:
    return " ".join(rng.choices(VOCABULARY, k=rng.randint(1, 4)))


def metadata_of(rng: Random) -> dict[str, Any]:
    possible = {
        "host": value_of(rng),
        "a": {"b": value_of(rng)} if rng.random() < 0.5 else value_of(rng),
        "list": [rng.choice([value_of(rng), {"b": value_of(rng)}]) for _ in "12"],
        "n": rng.choice(VALUES),
        "trace_id": rng.choice(VOCABULARY),
        "_logsite": {"level": rng.choice(VOCABULARY)},
    }
    return {name: value for name, value in possible.items() if rng.random() < 0.4}


def value_of(rng: Random) -> Any:
    return rng.choice([message_of(rng), rng.choice(VOCABULARY), rng.choice(VALUES)])


# -- Search texts ----------------------------------------------------------------------


def random_text(rng: Random, entries: Sequence[LogEntry] = ()) -> str:
    """A search text, legal; most of its conditions are about one of the entries."""
    while True:
        text = combined(rng, entries)
        try:
            parse(text)
        except QueryError:
            continue
        return text


def combined(rng: Random, entries: Sequence[LogEntry], depth: int = 0) -> str:
    """Conditions with exclusions, alternatives and groups."""
    parts = [condition(rng, entries) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    if depth < 2 and rng.random() < 0.3:
        groups = [combined(rng, entries, depth + 1) for _ in range(rng.randint(2, 3))]
        parts.append(f"({' OR '.join(groups)})")
    signs = ["-" if rng.random() < 0.15 else "" for _ in parts]
    text = " ".join(map("".join, zip(signs, parts, strict=True)))
    return f"{text} OR {condition(rng, entries)}" if rng.random() < 0.1 else text


def condition(rng: Random, entries: Sequence[LogEntry]) -> str:
    if entries and rng.random() < 0.8:
        return about(rng, rng.choice(entries), len(entries))
    part = rng.choice(VOCABULARY)
    name = rng.choice(
        ["", "", "host:", "a.b:", "n:", "metadata:", "message:", "trace:"]
    )
    others = [
        *(f"service:{rng.choice(SERVICES)}", "service:auth*", "service:/^a/"),
        *("level:>=warn", "level:info", "-level:debug", "level:fatal"),
        *(f"{name or 'n:'}{rng.choice(['>', '>=', '<', '<='])}{rng.choice(NUMBERS)}",),
        *(f"{name or 'n:'}{rng.choice(NUMBERS)}..{rng.choice(NUMBERS)}",),
        *(f"{name or 'n:'}*", f"{name or 'n:'}={quoted(part)}"),
    ]
    return rng.choice([*others, *[name + rng.choice(ways(rng, part, part))] * 8])


def about(rng: Random, entry: LogEntry, count: int) -> str:
    """A condition made of what an entry holds: it is often, not always, fulfilled."""
    if rng.random() < 0.1:
        own = f"service:{entry.service}", f"level:{entry.level}"
        return rng.choice([*own, f"id:00000001{rng.randint(0, count):024x}"])
    named = [("message", entry.message)]
    for name, value in entry.metadata.items():
        field = "metadata._logsite.level" if name == "_logsite" else name
        named += [(field, text) for text in texts(value)]
    name, text = rng.choice(named)
    start = rng.randrange(len(text) or 1)
    part = text[start : rng.randint(start, len(text))] or text
    return rng.choice(["", f"{name}:"]) + rng.choice(
        [*ways(rng, part, text), f"={quoted(text)}", *as_number(text)]
    )


def ways(rng: Random, part: str, text: str) -> list[str]:
    """Ways to ask for a text by a part of it."""
    half = rng.randint(0, len(part))
    before, after = part[:half], part[half + 1 :]
    pattern = expression(part)
    return [
        *(quoted(part), quoted(text), escaped(part), quoted(part.swapcase())),
        *(f"{escaped(part)}*", f"*{escaped(part)}", f"*{escaped(part)}*"),
        f"{escaped(before)}*{escaped(after)}",
        *(f"/{pattern}/", f"/{expression(part.swapcase())}/i", f"/{pattern}x?/"),
        *(f"/{pattern}+/", f"/({pattern}|x)/", f"/.*{pattern}/", f"/^{pattern}$/"),
        *(
            f"/{expression(before)}.{expression(after)}/",
            f"/(?i){pattern}x*/",
            f"/{expression(before)}x?{expression(part[half:])}/",
        ),
        f"={quoted(text.swapcase())}",
    ]


def as_number(text: str) -> list[str]:
    try:
        found = float(text)
    except ValueError:
        return []
    if found != found or abs(found) > 1e22:
        return []
    whole = [f"={int(found)}"] if found == int(found) else []
    return [f">={found!r}", f"={found:f}", *whole, *whole]


def escaped(text: str) -> str:
    return re.sub(r'([\\"()*:/<>=-])', r"\\\1", "".join(text.split()))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def expression(text: str) -> str:
    return str(re2.escape(text)).replace("/", "\\/").strip()


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
            return any(re2.search(flags + pattern, plain(text)) for text in within)
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
            elif not path and str(value.get("level")).upper() not in LEVELS:
                yield value["level"]
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
