"""Every evaluation is kept, with its reason: why a rule fired, or did not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pymongo import DESCENDING, ReplaceOne
from pymongo.database import Database

from ingest.mongo import Document
from stats.alerts.rules import Condition, Outcome, Reason, Verdict

MAX_TIME_MS: Final = 5_000


@dataclass(frozen=True)
class Evaluated:
    """One kept evaluation."""

    verdict: Verdict
    kind: str
    threshold: float
    at: datetime


def keep(
    db: Database[Document],
    rule_id: int,
    condition: Condition,
    verdicts: Iterable[Verdict],
    at: datetime,
) -> None:
    """Write them down; the same window of a rule again replaces what it said."""
    writes: list[ReplaceOne[Document]] = []
    for verdict in verdicts:
        document = _document(rule_id, condition, verdict, at)
        writes.append(ReplaceOne({"_id": document["_id"]}, document, upsert=True))
    if writes:
        db["evaluations"].bulk_write(writes, ordered=False)


def newest(
    db: Database[Document],
    rule_id: int,
    limit: int,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[Evaluated]:
    """Evaluations of a rule, newest first; of windows that ended in a range."""
    asked: dict[str, Any] = {"rule": rule_id}
    bounds = {"$gte": start, "$lte": end}
    if given := {operator: at for operator, at in bounds.items() if at}:
        asked["end"] = given
    found = db["evaluations"].find(
        asked, sort=[("end", DESCENDING)], limit=limit, max_time_ms=MAX_TIME_MS
    )
    return [_evaluated(document) for document in found]


def _document(
    rule_id: int, condition: Condition, verdict: Verdict, at: datetime
) -> Document:
    return {
        "_id": f"{rule_id}/{verdict.end:%Y%m%dT%H%M}",
        "rule": rule_id,
        "start": verdict.start,
        "end": verdict.end,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value,
        "kind": condition.kind.value,
        "total": verdict.total,
        "errors": verdict.errors,
        "value": verdict.value,
        "threshold": condition.threshold,
        "at": at,
    }


def _evaluated(document: Document) -> Evaluated:
    verdict = Verdict(
        document["start"],
        document["end"],
        Outcome(document["outcome"]),
        Reason(document["reason"]),
        document["total"],
        document["errors"],
        document["value"],
    )
    return Evaluated(verdict, document["kind"], document["threshold"], document["at"])
