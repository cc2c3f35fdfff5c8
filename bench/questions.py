"""What is asked: the same in our language and in LogsQL, and how answers are compared.

Words are such that stand in the lines in one case only, as LogsQL tells cases apart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.histogram import histogram
from ingest.query.page import Page
from ingest.query.run import search
from ingest.query.series import per_minute

ALL = "_time:[2026-03-01T00:00:00Z,2026-03-03T00:00:00Z] "
NEWEST = " | sort by (_time desc) limit 50"
COUNT = " | stats count() n"
ENOUGH = Allowance(seconds=600, entries=10**9)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Question:
    """One row: what each is asked, and what both have to say."""

    name: str
    ours: Callable[[Any], Any]
    theirs: str  # LogsQL
    told: Callable[[Any], Any]  # what our answer says
    said: Callable[[Rows], Any]  # what theirs says
    scan: dict[str, Any] | None = None  # the same for MongoDB alone


def questions(rare: str) -> Iterator[Question]:
    """All rows; `rare` is an id that one entry has."""
    narrow = "password service:auth-service level:error"
    yield newest("absent word", "zzzzqq", "zzzzqq", _message("zzzzqq"))
    id_of = {"metadata.request_id": rare}
    asked = f"metadata.request_id:{rare}"
    yield newest("rare id", asked, asked, id_of)
    yield newest("rare id, theirs in its field", rare, asked, id_of)
    yield newest("newest 50 of a word", "password", "password", _message("password"))
    yield newest(
        *("newest 50 of word, service and level", narrow),
        "password service:auth-service level:ERROR",
        {**_message("password"), "service": "auth-service", "level": "ERROR"},
    )
    yield newest(
        *("newest 50 of a phrase", '"failed password"', '"Failed password"'),
        _message("failed password"),
    )
    yield newest(
        *("newest 50 of two", "password OR cyrus", "(password or cyrus)"),
        {"$or": [_message("password"), _message("cyrus")]},
    )
    yield newest(
        "newest 50 of a level", "level:error", "level:ERROR", {"level": "ERROR"}
    )
    yield Question(
        *("histogram by level", lambda db: histogram(db, LogFilter())),
        "* | stats by (_time:1m, level) count() n",
        told=lambda drawn: sum((Counter(bar.levels) for bar in drawn.rows), Counter()),
        said=lambda rows: _sum(rows, "level"),
    )
    yield counted("count of a word", "password", "password", _message("password"))
    yield counted(
        *("count of a common phrase", '"authentication failure"'),
        *('"authentication failure"', _message("authentication failure")),
    )
    yield counted(
        *("count of an expression", "/failed pass/i", '~"(?i)failed pass"'),
        _message("failed pass"),
    )


def newest(name: str, text: str, theirs: str, scan: dict[str, Any]) -> Question:
    return Question(
        name,
        lambda db: search(db, LogFilter(text)),
        theirs + NEWEST,
        told=_ids,
        said=lambda rows: [row["metadata.request_id"] for row in rows],
        scan=scan,
    )


def counted(name: str, text: str, theirs: str, scan: dict[str, Any]) -> Question:
    return Question(
        name,
        lambda db: per_minute(db, LogFilter(text), ENOUGH),
        theirs + COUNT,
        told=lambda tally: tally.exact and tally.counts.total(),
        said=lambda rows: int(rows[0]["n"]),
        scan=scan,
    )


def rows_of(answer: bytes) -> Rows:
    return [json.loads(line) for line in answer.splitlines()]


def _ids(page: Page) -> list[str]:
    return [item.metadata["request_id"] for item in page.items]


def _sum(rows: Rows, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        found[row[name]] += int(row["n"])
    return found


def _message(text: str) -> dict[str, Any]:
    return {"message": {"$regex": text, "$options": "i"}}
