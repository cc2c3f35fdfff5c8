"""GET /api/logs/stream: a search that tells how far it is and what it has found."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from pymongo.errors import PyMongoError

from ingest.errors import Busy, Refused
from ingest.query.page import Page
from logsite.search.events import event
from logsite.search.following import Report
from logsite.search.schemas import ItemOut, PageOut, rfc3339
from logsite.search.turns import Waiting

Step = TypeVar("Step")
DESCRIPTION = """\
Server-sent events, each with JSON on one line of `data`:

* `progress` some times a second: `examined`, `matched` (at least so many), `reached`
  (all that is newer was looked at), `passed` of `entries` (in the range, whatever `q`
  says; null if they could not be counted), and `next`, a cursor that goes on from here.
* `items`: what was found since, in order; nothing newer comes any more.
* `waiting`: the search reads much and waits for its turn; `before` come first.
* `done`, the last one: the answer of a search without its items.
* `error`, instead: `{"error": {...}}` as everywhere; a search with `next` of the last
  `progress` goes on.

Closing the connection ends the search."""
RESPONSES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "the events",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    }
}


def as_events(steps: Iterator[Report | Waiting]) -> Generator[bytes, None, None]:
    return told_as(steps, _told)


def told_as(
    steps: Iterator[Step | Waiting], tell: Callable[[Step], Iterator[bytes]]
) -> Generator[bytes, None, None]:
    """The events of each step, of waiting for a turn, and of what goes wrong."""
    try:
        for step in steps:
            if isinstance(step, Waiting):
                yield event("waiting", before=step.before)
            else:
                yield from tell(step)
    except Refused as refused:
        yield error_event(refused.code, refused.message, refused.hint)
    except (Busy, PyMongoError):
        yield error_event("mongodb_unavailable", "MongoDB does not answer.")


def _told(report: Report) -> Iterator[bytes]:
    progress = report.progress
    if progress.items:
        items = [_plain(ItemOut.from_orm(item)) for item in progress.items]
        yield event("items", items=items)
    if progress.page:
        yield event("done", **_without_items(progress.page))
        return
    yield event(
        "progress",
        examined=progress.examined,
        matched=progress.matched,
        reached=progress.reached and rfc3339(progress.reached),
        passed=report.passed,
        entries=report.entries,
        next=progress.next(),
    )


def _without_items(page: Page) -> dict[str, Any]:
    return PageOut.from_orm(page).model_dump(mode="json", exclude={"items"})


def _plain(item: ItemOut) -> dict[str, Any]:
    return item.model_dump(mode="json")


def error_event(code: str, message: str, hint: str = "") -> bytes:
    return event("error", error={"code": code, "message": message, "hint": hint})
